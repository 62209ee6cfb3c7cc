import Foundation
import Layers
import Testing

struct ScheduleTests {
    @Test func `Rates at the start, on the way and beyond the end`() {
        #expect([0, 1, 2, 3, 4, 5, 6].map(StepDecay(period: 3).factor) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25])
        #expect([-1, 0, 1, 2, 4, 9].map(Decay(.line, steps: 4).factor) == [1, 1, 0.75, 0.5, 0, 0])
        let cosine = Decay(.cosine, steps: 4, final: 0.1)
        for (step, share) in [(0, 0.0), (1, 0.25), (2, 0.5), (4, 1), (7, 1)] {
            let expected = 0.1 + 0.9 * (1 + cos(.pi * share)) / 2
            #expect(abs(cosine.factor(at: step) - expected) < 1e-15)
        }
    }

    @Test func `A cycle goes from 1 to its end and a snapshot is due at its last step`() {
        let schedule = CyclicalCosine(period: 5, final: 0.01)
        let factors = (0..<10).map(schedule.factor)
        #expect(factors[..<5] == factors[5...])
        #expect(factors[0] == 1 && abs(factors[4] - 0.01) < 1e-15 && abs(factors[2] - 0.505) < 1e-15)
        #expect((0..<10).filter(schedule.endsCycle) == [4, 9])
    }

    @Test func `Periods below 1 count as 1`() {
        #expect(StepDecay(period: 0).factor(at: 2) == 0.25)
        #expect(CyclicalCosine(period: 0).factor(at: 3) == 1 && CyclicalCosine(period: 0).endsCycle(at: 3))
        #expect(Decay(.cosine, steps: -1).factor(at: 1) == 0)
    }
}
