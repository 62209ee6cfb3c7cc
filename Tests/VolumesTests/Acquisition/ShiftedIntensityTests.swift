import TestSupport
import Testing
import Volumes

/// What a shift does to intensities, voxel by voxel.
@Suite struct ShiftedIntensityTests {
    /// 201 voxels of brain, 100 to 300, whose percentiles are 101 and 299, in a background of `level`.
    private func ramp(level: Float = 0) throws -> Volume {
        var values = [Float](repeating: level, count: 9 * 9 * 9)
        for index in 0...200 { values[300 + index] = Float(100 + index) }
        return try Volume(values, grid: Grid(shape: [9, 9, 9]))
    }

    private func shifted(
        _ scan: Volume, mask: Volume? = nil, _ set: (inout AcquisitionShift) -> Void
    ) throws -> [Float] {
        var shift = AcquisitionShift()
        set(&shift)
        return try #require(try shift([scan], mask: mask).scans[0]).values
    }

    @Test(arguments: [Float(0), 7]) func tonesAreFunctionsOfIntensity(level: Float) throws {
        let scan = try ramp(level: level)
        let tones: [(String, (inout AcquisitionShift) -> Void, (Double) -> Double)] = [
            ("gain", { $0.gain = 2 }, { 2 * (101 + 198 * $0) }),
            ("inversion", { $0.inversion = true }, { 299 - 198 * $0 }),
            ("gamma", { $0.gamma = 2 }, { 101 + 198 * $0 * $0 }),
            ("curve", { $0.curve = [0, 1, 0] }, { 101 + 198 * (1 - abs(2 * $0 - 1)) }),
            ("uneven curve", { $0.curve = [0.2, 0.2, 1, 1] }, { 101 + 198 * min(max(2.4 * $0 - 0.6, 0.2), 1) }),
            (
                "all of them", { ($0.curve, $0.inversion, $0.gamma, $0.gain) = ([1, 0.5, 0], true, 2, 3) },
                { 3 * (101 + 198 * $0 * $0) }
            ),
        ]
        for (name, set, expected) in tones {
            let values = try shifted(scan, set)
            for (index, value) in values.enumerated() {
                guard (300...500).contains(index) else {
                    #expect(value == level, "\(name)")
                    continue
                }
                // Gain alone has no percentiles.
                let share = (Double(index - 200) - 101) / 198
                let wanted = expected(name == "gain" ? share : min(max(share, 0), 1))
                #expect(abs(Double(value) - wanted) < 1e-4, "\(name) \(index) \(value) \(wanted)")
            }
        }
        // A curve that goes straight changes nothing between the percentiles, and twice mirrored is as before.
        let straight = try shifted(scan) { $0.curve = [0, 0.5, 1] }
        let twice = try shifted(scan) { ($0.curve, $0.inversion) = ([1, 0.5, 0], true) }
        for index in 301...499 {
            #expect(abs(straight[index] - scan.values[index]) < 1e-4 && abs(twice[index] - scan.values[index]) < 1e-4)
        }
    }

    /// Two lesions, each in its own surroundings: 100 on the left, 200 on the right.
    @Test(arguments: [0.0, 1, 2, -1, 0.5]) func lesionsAreComparedWithTheBrainAroundThem(lesion: Double) throws {
        var (values, labels) = ([Float](repeating: 0, count: 9 * 9 * 40), [Float](repeating: 0, count: 9 * 9 * 40))
        for z in 1..<8 {
            for y in 1..<8 {
                for x in 1..<39 { values[(z * 9 + y) * 40 + x] = x < 20 ? 100 : 200 }
            }
        }
        for (x, label) in [(8, Float(2)), (9, 1), (30, 1)] {
            let index = (4 * 9 + 4) * 40 + x
            (values[index], labels[index]) = (Float(150 + x), label)
        }
        let grid = try Grid(shape: [9, 9, 40])
        let scan = try Volume(values, grid: grid)
        let found = try shifted(scan, mask: Volume(labels, grid: grid)) { $0.lesion = lesion }
        for index in values.indices {
            guard labels[index] > 0 else {
                #expect(found[index] == values[index])
                continue
            }
            let around: Float = index % 40 < 20 ? 100 : 200
            #expect(abs(found[index] - (around + Float(lesion) * (values[index] - around))) < 1e-3)
        }
    }

    @Test func aLesionNeedsBrainAroundIt() throws {
        let scan = try ramp()
        let mask = try scan.mask(above: 50)
        #expect(
            thrownMessage { _ = try shifted(scan, mask: mask) { $0.lesion = 0 } }
                == "'mask' is all of the brain: expected some brain around the lesions")
        // Without lesions there is nothing to change.
        let empty = try scan.map { _ in 0 }
        #expect(try shifted(scan, mask: empty) { $0.lesion = 0 } == scan.values)
    }

    @Test func intensitiesStayFinite() throws {
        let scan = try ramp().map { $0 * 1e35 }
        #expect(
            thrownMessage { _ = try shifted(scan) { $0.gain = 1e6 } }
                == "'gain' is 1000000.0: expected a number that keeps intensities within single precision")
    }

    /// A brain of two intensities, half of it each.
    private func halves() throws -> Volume {
        var values = [Float](repeating: 0, count: 32 * 32 * 32)
        for z in 2..<30 {
            for y in 2..<30 {
                for x in 2..<30 { values[(z * 32 + y) * 32 + x] = x < 16 ? 100 : 300 }
            }
        }
        return try Volume(values, grid: Grid(shape: [32, 32, 32]))
    }

    @Test func theBiasFieldIsSmooth() throws {
        let scan = try halves()
        let found = try shifted(scan) { $0.bias = 0.4 }
        let factors = zip(found, scan.values).map { $1 == 0 ? Float.nan : $0 / $1 }
        #expect(zip(found, scan.values).allSatisfy { $1 != 0 || $0 == 0 })
        let brain = factors.filter(\.isFinite)
        let (least, largest) = (try #require(brain.min()), try #require(brain.max()))
        #expect(least >= 0.6 && largest <= 1.4 && largest - least > 0.1)
        // Half a period of 32 voxels has a slope of at most pi / 32 a voxel.
        for index in 1..<factors.count where factors[index].isFinite && factors[index - 1].isFinite {
            #expect(abs(factors[index] - factors[index - 1]) < 0.4 * 3.2 / 32)
        }
    }

    /// Second moments of Rician numbers are a^2 + 2 s^2.
    @Test(arguments: [0.05, 0.5, 2]) func noiseIsRician(noise: Double) throws {
        let scan = try halves()
        let found = try shifted(scan) { $0.noise = noise }
        let deviation = noise * 100
        for level in [Float(100), 300] {
            let values = zip(found, scan.values).filter { $1 == level }.map { Double($0.0) }
            let count = Double(values.count)
            let moment = values.reduce(0) { $0 + $1 * $1 } / count
            let expected = Double(level * level) + 2 * deviation * deviation
            // The variance of the square is 4 s^2 (a^2 + s^2).
            let error = (4 * deviation * deviation * (Double(level * level) + deviation * deviation) / count)
                .squareRoot()
            #expect(abs(moment - expected) < 4 * error && values.allSatisfy { $0 > 0 })
        }
        #expect(zip(found, scan.values).allSatisfy { $1 != 0 || $0 == 0 })
    }
}
