import Foundation
import Support
import TestSupport
import Testing
import Volumes

@Suite struct NiftiReaderTests {
    private let folder: TemporaryFolder
    private let numbers = [0, 1, 2, 3, 100, 120, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]

    init() throws { folder = try TemporaryFolder() }

    private func bytes(of type: Int, _ nifti: HandMadeNifti) -> [UInt8] {
        switch type {
        case 2: nifti.data(numbers.map { UInt8($0) })
        case 256: nifti.data(numbers.map { Int8($0) })
        case 4: nifti.data(numbers.map { Int16($0) })
        case 512: nifti.data(numbers.map { UInt16($0) })
        case 8: nifti.data(numbers.map { Int32($0) })
        case 768: nifti.data(numbers.map { UInt32($0) })
        case 1024: nifti.data(numbers.map { Int64($0) })
        case 1280: nifti.data(numbers.map { UInt64($0) })
        case 16: nifti.data(numbers.map { Float($0) })
        default: nifti.data(numbers.map { Double($0) })
        }
    }

    @Test(
        arguments: [
            (2, 8), (256, 8), (4, 16), (512, 16), (8, 32), (768, 32), (1024, 64), (1280, 64), (16, 32), (64, 64),
        ],
        [(1, false), (1, true), (2, false), (2, true)])
    func readsEveryTypeInBothOrders(type: (code: Int, bits: Int), form: (version: Int, isBig: Bool)) throws {
        var nifti = HandMadeNifti(version: form.version, isBigEndian: form.isBig, type: type.code, bits: type.bits)
        let single = try folder.write(nifti.header + bytes(of: type.code, nifti), to: "a.nii")
        let volume = try Volume(contentsOf: single)
        #expect(volume.shape == [2, 3, 4])
        #expect(volume.values == numbers.map { Float($0) })
        nifti.slope = 2
        nifti.intercept = -5
        nifti.isSingle = false
        let header = try folder.write(nifti.header, to: "b.hdr")
        let image = try folder.write(bytes(of: type.code, nifti), to: "b.img")
        for path in [header, image] {
            #expect(try Volume(contentsOf: path).values == numbers.map { Float($0) * 2 - 5 })
        }
    }

    @Test func keepsSignsAndExtremes() throws {
        let nifti = HandMadeNifti(dim: [1, 3, 0, 0, 0, 0, 0, 0], type: 4, bits: 16)
        let path = try folder.write(nifti.header + nifti.data([Int16.min, -1, Int16.max]), to: "a.nii")
        let volume = try Volume(contentsOf: path)
        #expect(volume.values == [-32768, -1, 32767])
        #expect(volume.shape == [1, 1, 3])
    }

    @Test func keepsWhatIsNotFinite() throws {
        for slope in [0.0, .nan, .infinity, 2] {
            let nifti = HandMadeNifti(dim: [3, 4, 1, 1, 1, 1, 1, 1], slope: slope, intercept: 3)
            let path = try folder.write(
                nifti.header + nifti.data([Float.nan, .infinity, 1.5, -.infinity]), to: "a.nii")
            let values = try Volume(contentsOf: path).values
            #expect(values[0].isNaN && values[1...] == [.infinity, slope == 2 ? 6 : 1.5, -.infinity])
        }
    }

    private func affine(of nifti: HandMadeNifti) throws -> Affine {
        try Volume(contentsOf: folder.write(nifti.header + bytes(of: 16, nifti), to: "a.nii")).affine
    }

    @Test func choosesTheAffineByItsCode() throws {
        var nifti = HandMadeNifti(pixdim: [1, 2, 3, 4, 1, 1, 1, 1])
        // A turn by 180 degrees about z: quaternion (0, 0, 0, 1).
        nifti.quaternion = (1, 0, 0, 1, [10, 20, 30])
        nifti.sform = (4, [0, 2, 0, 5, 3, 0, 0, 6, 0, 0, 4, 7])
        let sform = try affine(of: nifti)
        #expect(sform == Affine(x: [0, 3, 0], y: [2, 0, 0], z: [0, 0, 4], origin: [5, 6, 7], code: 4))
        nifti.sform.code = 0
        let qform = try affine(of: nifti)
        #expect(qform.code == 1 && qform.origin == [10, 20, 30])
        #expect(abs(qform.x.x + 2) < 1e-6 && abs(qform.y.y + 3) < 1e-6 && abs(qform.z.z - 4) < 1e-6)
        // A negative first pixdim mirrors the third direction.
        nifti.pixdim[0] = -1
        #expect(abs(try affine(of: nifti).z.z + 4) < 1e-6)
        nifti.quaternion.code = 0
        #expect(try affine(of: nifti) == Affine(spacing: [2, 3, 4]))
        // A singular sform is passed over.
        nifti.sform = (1, [Double](repeating: 0, count: 12))
        #expect(try affine(of: nifti) == Affine(spacing: [2, 3, 4]))
        nifti.pixdim = [1, 0, 3, -2, 1, 1, 1, 1]
        #expect(try affine(of: nifti) == Affine(spacing: [1, 3, 2]))
        // A distance below 0 counts as positive in a qform, too, as is said.
        (nifti.sform.code, nifti.quaternion) = (0, (1, 0, 0, 0, [5, 6, 7]))
        nifti.pixdim = [1, -2, 3, -4, 1, 1, 1, 1]
        #expect(
            try affine(of: nifti) == Affine(x: [2, 0, 0], y: [0, 3, 0], z: [0, 0, 4], origin: [5, 6, 7], code: 1))
    }

    /// A place that is no number is an error, and is not taken from elsewhere.
    @Test(arguments: [1, 2], [Double.nan, .infinity]) func refusesPositionsThatAreNotFinite(
        version: Int, value: Double
    ) throws {
        let rows = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0.0]
        for place in rows.indices {
            let refusal = try defect(version: version) {
                $0.sform = (1, rows)
                $0.sform.rows[place] = value
            }
            #expect("\(refusal, default: "none")".hasPrefix("srow_\(["x", "y", "z"][place / 4]) is ["))
        }
        let turned = try defect(version: version) { $0.quaternion = (1, 0, value, 0, [0, 0, 0]) }
        #expect("\(turned, default: "none")".hasPrefix("quatern, qoffset is ["))
        let moved = try defect(version: version) { $0.quaternion = (1, 0, 0, 0, [0, 0, value]) }
        #expect("\(moved, default: "none")".hasPrefix("quatern, qoffset is ["))
        let spaced = try defect(version: version) { $0.pixdim[2] = value }
        #expect("\(spaced, default: "none")".hasPrefix("pixdim[2] is "))
        // Where their codes are 0, the numbers mean nothing.
        #expect(try defect(version: version) { $0.sform = (0, rows.map { _ in value }) } == nil)
    }

    @Test func asksForAFrameOfSeveral() throws {
        let nifti = HandMadeNifti(dim: [4, 2, 1, 1, 3, 1, 1, 1])
        let path = try folder.write(nifti.header + nifti.data([Float](arrayLiteral: 1, 2, 3, 4, 5, 6)), to: "a.nii")
        #expect(try Volume(contentsOf: path, frame: 2).values == [3, 4])
        let defect = FormatDefect.frames(count: 3, dimensions: [2, 1, 1, 3], chosen: nil)
        #expect(throws: VolumeError.malformed(path: path, defect)) { try Volume(contentsOf: path) }
        for frame in [0, 4, -1, Int.min] {
            let defect = FormatDefect.frames(count: 3, dimensions: [2, 1, 1, 3], chosen: frame)
            #expect(throws: VolumeError.malformed(path: path, defect)) { try Volume(contentsOf: path, frame: frame) }
        }
        let trailing = HandMadeNifti(dim: [7, 2, 1, 1, 1, 1, 1, 1])
        let flat = try folder.write(trailing.header + trailing.data([Float(8), 9]), to: "b.nii")
        #expect(try Volume(contentsOf: flat).values == [8, 9])
    }

    /// What is found wrong with a file that `change` was made to, without its last `cut` bytes; nil where it can be
    /// read.
    private func defect(
        version: Int, cut: Int = 0, _ change: (inout HandMadeNifti) -> Void = { _ in }
    ) throws -> FormatDefect? {
        var nifti = HandMadeNifti(version: version)
        change(&nifti)
        let path = try folder.write(Array((nifti.header + bytes(of: 16, nifti)).dropLast(cut)), to: "a.nii")
        do throws(VolumeError) {
            _ = try Volume(contentsOf: path)
            return nil
        } catch {
            guard case .malformed(_, let defect) = error else { throw error }
            return defect
        }
    }

    @Test(arguments: [1, 2]) func refusesImpossibleHeaders(version: Int) throws {
        #expect(try defect(version: version) == nil)
        let magic = try defect(version: version) { $0.magic = Array("abc".utf8) + [0] }
        #expect(magic == .magic("abc", expected: "n+\(version)"))
        #expect(try defect(version: version) { $0.bits = 16 } == .bits(16, expected: 32))
        for offset in [100.0, -400] {
            #expect(try defect(version: version) { $0.offset = offset } == .offset(offset))
        }
        #expect(try defect(version: version) { $0.offset = 1e7 } != nil)
        for type in [0, 1, 32, 128, 1536, 1792, 2048, 2304, 77, -4] {
            let refusal = try defect(version: version) { $0.type = type }
            #expect("\(refusal, default: "none")".hasPrefix("voxels of type"))
        }
        #expect(try version == 2 || defect(version: 1) { $0.offset = .nan } != nil)
    }

    @Test(arguments: [1, 2]) func refusesImpossibleSizes(version: Int) throws {
        #expect(try defect(version: version) { $0.dim[2] = -3 } == .dimensions([4, -3, 2]))
        #expect(try defect(version: version) { $0.dim[2] = 0 } == .dimensions([4, 0, 2]))
        let impossible = [
            [0, 4, 3, 2, 1, 1, 1, 1], [8, 4, 3, 2, 1, 1, 1, 1], [3, 32767, 32767, 10, 1, 1, 1, 1],
            [7, 32767, 32767, 32767, 32767, 32767, 32767, 32767],
        ]
        for dim in impossible { #expect(try defect(version: version) { $0.dim = dim } != nil) }
        for cut in [1, 20, 96] { #expect(try defect(version: version, cut: cut) != nil) }
    }

    @Test func namesWhatIsMissing() throws {
        #expect(throws: VolumeError.missing(path: "/nowhere/a.nii")) { try Volume(contentsOf: "/nowhere/a.nii") }
        #expect(throws: VolumeError.missing(path: "/nowhere/a.txt")) { try Volume(contentsOf: "/nowhere/a.txt") }
        for (bytes, isDICOM) in [
            (Array("a text, not a volume".utf8), false), ([UInt8](repeating: 0, count: 128) + Array("DICM".utf8), true),
        ] {
            let path = try folder.write(bytes, to: "c.nii")
            #expect(throws: VolumeError.malformed(path: path, .unknown(isDICOM: isDICOM))) {
                try Volume(contentsOf: path)
            }
        }
        let header = try folder.write(HandMadeNifti(isSingle: false).header, to: "a.hdr")
        #expect(throws: VolumeError.missing(path: folder.path + "/a.img")) { try Volume(contentsOf: header) }
        for (name, count) in [("b.nii", 0), ("b.nii", 3)] {
            let path = try folder.write([UInt8](repeating: 1, count: count), to: name)
            #expect(throws: VolumeError.malformed(path: path, .shortHeader(bytes: count))) {
                try Volume(contentsOf: path)
            }
        }
        #expect(throws: VolumeError.self) { try Volume(contentsOf: folder.path + "/.nii") }
    }

    /// A small gzip file cannot make a header's promise of gigabytes true, and a cut or changed one is found out.
    @Test func boundsWhatIsCompressed() throws {
        let volume = try Volume((0..<4096).map { Float($0 * 7919 % 4099) }, grid: Grid(shape: [16, 16, 16]))
        let path = folder.path + "/a.nii.gz"
        try volume.write(to: path)
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(try Volume(contentsOf: path) == volume)
        for count in [20, 200, whole.count / 2, whole.count - 9, whole.count - 1] {
            let cut = try folder.write(Array(whole.prefix(count)), to: "cut.nii.gz")
            #expect(throws: VolumeError.self, "\(count) bytes") { try Volume(contentsOf: cut) }
        }
        var changed = whole
        changed[whole.count - 6] ^= 1
        let damaged = try folder.write(changed, to: "damaged.nii.gz")
        let wrong = FormatDefect.damaged(reason: "incorrect data check", packed: whole.count - 4)
        #expect(throws: VolumeError.malformed(path: damaged, wrong)) { try Volume(contentsOf: damaged) }
        let huge = HandMadeNifti(dim: [3, 8000, 8000, 8000, 1, 1, 1, 1]).header
        let plain = try folder.write(huge, to: "huge.nii")
        #expect(throws: VolumeError.malformed(path: plain, .promises(bytes: 2_048_000_000_352, available: 352))) {
            try Volume(contentsOf: plain)
        }
    }

    /// What single precision cannot hold is rounded, and said.
    @Test(arguments: [0.0, 1, 2]) func roundsWhatIsBeyondSinglePrecision(slope: Double) throws {
        let big = 16_777_217
        var nifti = HandMadeNifti(dim: [1, 2, 0, 0, 0, 0, 0, 0], type: 8, bits: 32, slope: slope)
        var paths = [try folder.write(nifti.header + nifti.data([Int32(big), 5]), to: "int.nii")]
        (nifti.type, nifti.bits) = (64, 64)
        paths.append(try folder.write(nifti.header + nifti.data([Double(big), 5]), to: "double.nii"))
        for path in paths {
            let factor = Float(slope == 2 ? 2 : 1)
            #expect(try Volume(contentsOf: path).values == [Float(big) * factor, 5 * factor])
        }
    }

    /// How a compressed file is broken and where, also within its header.
    @Test func tellsWhatIsWrongWithCompressedData() throws {
        let volume = try Volume((0..<4096).map { Float($0 * 7919 % 4099) }, grid: Grid(shape: [16, 16, 16]))
        let path = folder.path + "/a.nii.gz"
        try volume.write(to: path)
        let whole = try folder.bytes("a.nii.gz")
        func message(_ bytes: [UInt8]) throws -> String {
            let path = try folder.write(bytes, to: "b.nii.gz")
            do throws(VolumeError) { _ = try Volume(contentsOf: path) } catch { return error.description }
            return "none"
        }
        for count in [11, 20, 200, whole.count - 1] {
            #expect(try message(Array(whole.prefix(count))).contains("cut off: the file ends after \(count) bytes"))
        }
        // The first block of data has a type that does not exist.
        var changed = whole
        changed[10] |= 6
        #expect(try message(changed).contains("damaged, at or before byte"))
        #expect(try message(changed).contains("(invalid block type)"))
        #expect(try message([0x1F, 0x8B] + [UInt8](repeating: 0xFF, count: 40)).contains("damaged"))
        #expect(try message([]).contains("the file ends within the header, after 0 bytes"))
    }

    /// Files whose unit is metre or micrometre lie where those in millimetres do.
    @Test(arguments: [1, 2], [(0, 1.0), (1, 0.001), (2, 1), (3, 1000), (10, 1), (9, 0.001)])
    func measuresInMillimetres(version: Int, unit: (code: Int, size: Double)) throws {
        var nifti = HandMadeNifti(version: version, pixdim: [1, 2, 3, 4, 1, 1, 1, 1].map { $0 * unit.size })
        nifti.pixdim[0] = 1
        nifti.units = unit.code
        for form in 0..<3 {
            if form == 1 { nifti.quaternion = (1, 0, 0, 0, [10, 20, 30].map { $0 * unit.size }) }
            if form == 2 { nifti.sform = (2, [2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30].map { $0 * unit.size }) }
            let affine = try affine(of: nifti)
            #expect(((affine.spacing - [2, 3, 4]) * (affine.spacing - [2, 3, 4])).sum() < 1e-6)
            #expect(form == 0 || abs(affine.origin.z - 30) < 1e-4)
        }
    }

    /// Whatever a file's bytes are, reading it ends in a volume or an error.
    @Test(arguments: ["a.nii", "a.nii.gz", "a2.nii"]) func survivesMutations(name: String) throws {
        let volume = try Volume((0..<60).map { Float($0) }, grid: Grid(shape: [3, 4, 5]))
        let original = "\(folder.path)/\(name)"
        try volume.write(to: original, type: .int16, version: name == "a2.nii" ? 2 : 1)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: original)))
        let generator = RandomGenerator(seed: 7)
        var (read, refused) = (0, 0)
        for _ in 0..<400 {
            var mutant = bytes
            for _ in 0...generator.below(4) { mutant[generator.below(mutant.count)] = UInt8(generator.below(256)) }
            if generator.below(4) == 0 { mutant.removeLast(generator.below(mutant.count)) }
            let path = try folder.write(mutant, to: "mutant-\(name)")
            do {
                _ = try Volume(contentsOf: path)
                read += 1
            } catch {
                #expect("\(error)".contains("mutant"))
                refused += 1
            }
        }
        #expect(read > 0 || name.hasSuffix("gz"))
        #expect(refused > 50)
    }
}
