import TestSupport
import Testing
import Volumes

/// What a shift does as a whole: to which volumes, by which random numbers, and what it refuses.
@Suite struct AcquisitionShiftTests {
    /// A shift of everything.
    static var everything: AcquisitionShift {
        var shift = AcquisitionShift()
        (shift.lesion, shift.gamma, shift.gain, shift.bias) = (0.5, 1.4, 3, 0.3)
        (shift.blur, shift.thickness, shift.noise) = (14, 29, 0.1)
        (shift.curve, shift.inversion) = ([0, 0.9, 0.2, 1], true)
        return shift
    }

    private func phantom() throws -> (scan: Volume, mask: Volume) {
        let phantom = try Phantom(.tumour, seed: 2, shape: [12, 14, 16])
        return (try phantom.image(.t2), phantom.labels)
    }

    @Test func changesNothingByDefault() throws {
        let (scan, mask) = try phantom()
        var shift = AcquisitionShift()
        shift.seed = 8
        let same = try shift([scan], mask: mask)
        #expect(same.scans == [scan] && same.mask == mask && shift.description == "nothing")
        // Slices that are as thick.
        shift.thickness = scan.spacing[0]
        let thin = try shift([scan, nil], mask: mask)
        #expect(thin.scans == [scan, nil] && thin.mask == mask)
        #expect(scan.spacing[0] == 12 && shift.description == "thickness 12 mm")
    }

    @Test func saysWhatItChanges() {
        #expect(
            Self.everything.description
                == "lesion 0.5, gamma 1.4, gain 3, bias 0.3, blur 14 mm, thickness 29 mm, noise 0.1, curve 0 0.9 0.2 1, "
                + "inversion")
    }

    /// The same head gives the same voxels in the same places, however its axes run.
    @Test(arguments: Orientation.all) func doesNotDependOnTheAxes(orientation: Orientation) throws {
        let (scan, mask) = try phantom()
        let (scans, changed) = try Self.everything([scan], mask: mask, id: "a")
        let (expected, expectedMask) = (try #require(scans[0]), try #require(changed))
        #expect(expected.shape[0] < scan.shape[0] && expected.values != scan.values)
        let (turned, turnedMask) = try Self.everything(
            [scan.oriented(to: orientation)], mask: mask.oriented(to: orientation), id: "a")
        let (found, foundMask) = (try #require(turned[0]), try #require(turnedMask))
        #expect(found.grid.orientation == orientation && found.grid == foundMask.grid)
        for (volume, other) in [(found, expected), (foundMask, expectedMask)] {
            let back = try volume.oriented(to: scan.grid.orientation)
            #expect(back.values == other.values && back.grid.distance(to: other.grid) < 1e-9)
        }
    }

    @Test func nameAndSeedChooseTheNumbers() throws {
        let (scan, mask) = try phantom()
        var shift = Self.everything
        let first = try shift([scan, scan], mask: mask, id: "a")
        let again = try shift([scan, scan], mask: mask, id: "a")
        #expect(first.scans == again.scans && first.mask == again.mask)
        // Each sequence has its own field and noise, whether or not the others are there.
        #expect(first.scans[0] != first.scans[1])
        #expect(try shift([nil, scan], mask: mask, id: "a").scans == [nil, first.scans[1]])
        #expect(try shift([scan], mask: mask, id: "b").scans[0] != first.scans[0])
        shift.seed = 2
        #expect(try shift([scan], mask: mask, id: "a").scans[0] != first.scans[0])
    }

    @Test func subjectsAreReadShifted() throws {
        let folder = try TemporaryFolder()
        let data = try DatasetLayout.brats.writePhantoms(
            to: folder.path, count: 2, seed: 1, shape: [12, 14, 16], contrasts: [.t2, .flair])
        let shifted = data.shifted(by: Self.everything)
        #expect(data.shift == nil && shifted.shift == Self.everything && shifted.sequences == data.sequences)
        for (subject, other) in zip(data.subjects, shifted.subjects) {
            let (plain, changed) = (try subject.load(), try other.load())
            let expected = try Self.everything(plain.scans, mask: plain.mask, id: subject.id)
            #expect(changed.scans == expected.scans && changed.mask == expected.mask)
            #expect(changed.scans != plain.scans)
        }
        #expect(try shifted.checked().subjects.count == 2)
        #expect(try shifted.split(train: 1, test: 1, seed: 1).train.shift == Self.everything)
        // A shift that does not fit a subject is told with its file.
        var thick = AcquisitionShift()
        thick.thickness = 999
        let bad = try data.shifted(by: thick).checked()
        #expect(bad.subjects.isEmpty && bad.rejected.count == 2)
        let path = data.subjects[0].imagePath
        #expect(bad.rejected[0].error.description.hasPrefix("'\(path): thickness' is 999.0: expected at most "))
    }

    @Test(
        arguments: [
            ("lesion", 101, "'lesion' is 101.0: expected a number from -100 to 100"),
            ("gamma", 0, "'gamma' is 0.0: expected a number from 0.01 to 100"),
            ("gain", .nan, "'gain' is nan: expected a number above 0 and at most 1000000"),
            ("bias", 1, "'bias' is 1.0: expected a number at least 0 and less than 1"),
            ("blur", -1, "'blur' is -1.0: expected a number from 0 to 1000"),
            ("blur", 65, "'blur' is 65.0: expected at most 64 times the spacing of the scan, 1 mm"),
            ("thickness", .infinity, "'thickness' is inf: expected a number from 0 to 1000"),
            (
                "thickness", 5,
                "'thickness' is 5.0: expected at most 4 mm, the extent of the scan from the feet to the head"
            ),
            ("noise", -0.1, "'noise' is -0.1: expected a number from 0 to 100"),
            ("lesion", 0, "'lesion' is 0.0: expected 1 where there is no mask"),
        ] as [(String, Double, String)])
    func impossibleSettings(name: String, value: Double, message: String) throws {
        var shift = AcquisitionShift()
        let setting = try #require(AcquisitionShift.settings.first { $0.name == name })
        shift[keyPath: setting.path] = value
        let scan = try Volume((0..<64).map { Float($0) }, grid: Grid(shape: [4, 4, 4]))
        #expect(thrownMessage { _ = try shift([scan], mask: nil) } == message)
    }

    @Test(arguments: [[0, 1], [0, 0.5, 1.1], [0, .nan, 1]]) func impossibleCurves(curve: [Double]) throws {
        var shift = AcquisitionShift()
        shift.curve = curve
        let scan = try Volume((0..<64).map { Float($0) }, grid: Grid(shape: [4, 4, 4]))
        let message = "'curve' is \(curve): expected three or more numbers from 0 to 1"
        #expect(thrownMessage { _ = try shift([scan], mask: nil) } == message)
    }

    @Test func impossibleVolumes() throws {
        let grid = try Grid(shape: [2, 2, 2])
        let scan = try Volume([0, 1, 2, 3, 4, 5, 6, 7], grid: grid)
        let broken = try Volume([0, 1, 2, 3, 4, 5, 6, .nan], grid: grid)
        let elsewhere = try Volume(scan.values, grid: Grid(shape: [2, 2, 2], affine: Affine(spacing: [1, 1, 2])))
        let sheared = Affine(x: [1, 0, 0], y: [0.5, 1, 0], z: [0, 0, 1])
        var shift = AcquisitionShift()
        shift.blur = 1
        func message(_ scans: [Volume?], _ mask: Volume?) -> String? {
            thrownMessage { _ = try shift(scans, mask: mask) }
        }
        #expect(message([nil], nil) == "'image' is none: expected at least one scan")
        #expect(message([broken], nil) == "'image' is NaN or infinite in 1 voxels: expected finite numbers")
        #expect(message([scan], broken) == "'mask' is nan in a voxel: expected class numbers: whole, 0 to 65535")
        #expect(message([scan, elsewhere], nil)?.hasPrefix("'image' is elsewhere in the world: voxels of 2") == true)
        #expect(message([scan], elsewhere)?.hasPrefix("'mask' is elsewhere in the world: voxels of 2") == true)
        let turned = try Volume(scan.values, grid: Grid(shape: [2, 2, 2], affine: sheared))
        #expect(message([turned], nil)?.hasPrefix("'image' is sheared") == true)
        (shift.blur, shift.noise) = (0, 0.1)
        let even = try Volume([Float](repeating: 3, count: 8), grid: grid)
        #expect(message([even], nil)?.hasPrefix("'image' is 3.0 in every voxel") == true)
    }
}
