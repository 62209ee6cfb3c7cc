import Foundation
import Support
import Testing

struct AvailableMemoryTests {
    @Test func whatIsThereCanBeTakenAndNotMore() throws {
        let available = AvailableMemory.bytes
        #expect(available > 0)
        #expect(AvailableMemory.shortage(of: 1) == nil)
        let missing = try #require(AvailableMemory.shortage(of: .max))
        #expect(missing > 0 && missing < .max)
        let error = try #require(throws: MemoryError.self) { try AvailableMemory.require(1 << 60, for: "a.nii") }
        #expect(error.description.hasPrefix("a.nii: out of memory: 1.2 EB asked for, "))
    }

    /// The address space that `ulimit -v` leaves counts.
    @Test func theProcessLimitCounts() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 1 << 36, rlim_max: 1 << 36)
            guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { exit(2) }
            limit = rlimit(rlim_cur: 1 << 34, rlim_max: 1 << 36)
            guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { exit(3) }
            exit(AvailableMemory.bytes < 1 << 34 ? 0 : 1)
        }
    }

    @Test(
        arguments: [
            (0.0, 0), (2.9, 2), (-2.9, -2), (.nan, nil), (.infinity, nil), (1e300, nil), (0x1p63, nil), (11, nil),
            (-11, nil),
        ] as [(Double, Int?)])
    func numbersInARange(number: Double, expected: Int?) {
        #expect(Int(number, in: -10...10) == expected)
    }
}
