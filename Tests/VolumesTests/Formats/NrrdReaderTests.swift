import Foundation
import TestSupport
import Testing
import Volumes

/// What NRRD headers written by hand say, and which are refused.
@Suite struct NrrdReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let lines = [
        "NRRD0004", "# made by hand", "type: unsigned char", "dimension: 3", "sizes: 2 1 1", "encoding: raw",
        "space: left-posterior-superior", "space directions: (2, 0, 0) (0, 3, 0) (0, 0, 4)", "space origin: (1,2,3)",
    ]

    /// The text of the lines, those that `changes` name by their fields replaced, left out where nil, or added.
    private func header(_ changes: [String: String?]) -> String {
        var lines = Self.lines
        for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
            lines.removeAll { $0.hasPrefix(name + ":") }
            if let value { lines.append("\(name): \(value)") }
        }
        return lines.joined(separator: "\n") + "\n\n"
    }

    private func read(_ changes: [String: String?] = [:], data: [UInt8] = [7, 9]) throws -> Volume {
        try Volume(contentsOf: folder.write(Array(header(changes).utf8) + data, to: "a.nrrd"))
    }

    @Test func readsFieldsAsTheStandardWritesThem() throws {
        let volume = try read()
        #expect(volume.values == [7, 9] && volume.shape == [1, 1, 2])
        #expect(volume.affine == Affine(x: [-2, 0, 0], y: [0, -3, 0], z: [0, 0, 4], origin: [-1, -2, 3], code: 1))
        let text = header([:]).replacingOccurrences(of: "\n", with: "\r\n")
        let note = "Key:=a note: of any text\r\n"
        let bytes = Array(text.dropLast().utf8) + Array((note + "\r\n").utf8) + [7, 9]
        #expect(try Volume(contentsOf: folder.write(bytes, to: "b.nrrd")) == volume)
        #expect(try read(["space": "RAS"]).affine.x == [2, 0, 0])
        #expect(try read(["space units": "\"cm\" \"cm\" \"cm\""]).affine.origin == [-10, -20, 30])
        #expect(try read(["space origin": nil]).affine.origin == .zero)
        #expect(try read(["type": "short", "endian": "big"], data: [1, 0, 255, 255]).values == [256, -1])
        #expect(try read(["encoding": "ascii"], data: Array(" 7\n 9".utf8)).values == [7, 9])
        #expect(try read(["byte skip": "3"], data: [0, 0, 0, 7, 9]).values == [7, 9])
        #expect(try read(["byte skip": "-1"], data: [0, 0, 0, 7, 9]).values == [7, 9])
        let none: String? = nil
        let spacings = ["space": none, "space directions": none, "space origin": none, "spacings": "2 3 4"]
        #expect(try read(spacings).affine == Affine(spacing: [2, 3, 4]))
    }

    /// Raw voxels may begin as gzip's data do.
    @Test func readsRawDataAsTheyAre() throws {
        try folder.write([0x1F, 0x8B], to: "d.raw")
        let text = header(["data file": "d.raw"])
        #expect(try Volume(contentsOf: folder.write(Array(text.utf8), to: "d.nhdr")).values == [0x1F, 0x8B])
        #expect(try read(data: [0x1F, 0x8B]).values == [0x1F, 0x8B])
    }

    @Test(
        arguments: [
            (["type": "block"], "voxels of type 'block'"), (["type": nil], "type is missing"),
            (["dimension": "2"], "dimension is '2'"), (["dimension": "x"], "dimension is 'x'"),
            (["dimension": "4", "sizes": "2 1 1 1"], "space directions is"),
            (["sizes": "2 1"], "sizes is '2 1'"), (["sizes": "2 0 1"], "sizes is '2 0 1'"),
            (["sizes": "2 -1 1"], "sizes is"), (["sizes": "9999999 9999999 9999999"], "sizes is"),
            (["sizes": "99999999999999999999 1 1"], "sizes is"), (["sizes": nil], "sizes is missing"),
            (["sizes": "2 1 9000000"], "promises 18000"), (["encoding": "bzip2"], "encoding is 'bzip2'"),
            (["encoding": "hex"], "encoding is 'hex'"), (["encoding": nil], "encoding is missing"),
            (["encoding": "gzip"], "encoding is gzip"), (["encoding": "ascii"], "promises 3 bytes"),
            (["type": "short"], "endian is missing"), (["type": "short", "endian": "middle"], "endian is 'middle'"),
            (["space": "scanner-xyz"], "space is 'scanner-xyz'"), (["space": "RAST"], "space is 'RAST'"),
            (["space directions": "(1,0,0) (0,1,0)"], "space directions is"),
            (["space directions": "(1,0,0) (0,1,0) (0,nan,0)"], "space directions is"),
            (["space directions": "(1,0,0) (0,1,0) (0,1,0)"], "space directions is"),
            (["space directions": "(1,0,0) (0,1,0) none"], "space directions is"),
            (["space directions": "(1,0,0) (0,1,0) (0,0,1e308)"], "space directions is"),
            (["space origin": "(1,2)"], "space origin is"), (["space origin": "(inf,2,3)"], "space origin is"),
            (["space": nil, "space directions": nil, "spacings": "1 0 1"], "spacings is"),
            (["space": nil, "space directions": nil, "spacings": "1 nan 1"], "spacings is"),
            (["space": nil, "space directions": nil, "kinds": "vector domain domain"], "kinds is"),
            (["line skip": "2"], "line skip is '2'"), (["byte skip": "-2"], "byte skip is '-2'"),
            (["byte skip": "9223372036854775807"], "byte skip is"), (["byte skip": "9"], "promises "),
            (["data file": "gone.raw"], "data file is 'gone.raw': expected a file, but "),
            (["data file": "LIST"], "data file is 'LIST'"), (["data file": "a%03d.raw 1 3 1"], "data file is"),
            (["data file": "."], "is not a regular file"),
            (["space dimension": "3", "SPACE": "LPS"], "space is there twice"),
        ] as [([String: String?], String)])
    func refuses(changes: [String: String?], expected: String) throws {
        let error = #expect(throws: VolumeError.self) { try read(changes) }
        let text = "\(error, default: "")"
        #expect(text.hasPrefix("\(folder.path)/a.nrrd: ") && text.contains(expected), "\(text)")
    }

    @Test(arguments: ["7 x", "7 256", "7 -1", "7 1.5", "7 \(String(repeating: "9", count: 1000))", "7   "])
    func refusesTextThatIsNoVoxel(text: String) throws {
        let error = #expect(throws: VolumeError.self) { try read(["encoding": "ascii"], data: Array(text.utf8)) }
        let expected = text == "7   " ? "the file ends after 0 of 2 voxels" : "data is '"
        #expect("\(error, default: "")".contains(expected))
    }

    @Test func refusesFilesThatAreNoNRRD() throws {
        for magic in ["NRRD0006", "NRRD0000", "NRRD00041", "NRRDABCD"] {
            let text = header([:]).replacingOccurrences(of: "NRRD0004", with: magic)
            let path = try folder.write(Array(text.utf8), to: "a.nrrd")
            #expect(
                throws: VolumeError.malformed(
                    path: path, .field("magic", value: "'\(magic)'", expected: "NRRD0001 to NRRD0005"))
            ) { try Volume(contentsOf: path) }
        }
        let path = try folder.write(Array("NRRD0004\nabc\n\n".utf8), to: "a.nrrd")
        #expect(
            throws: VolumeError.malformed(
                path: path, .field("line 2", value: "'abc'", expected: "a field and its value"))
        ) { try Volume(contentsOf: path) }
        let endless = Array("NRRD0004\n".utf8) + [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 21)
        #expect(throws: VolumeError.self) { try Volume(contentsOf: folder.write(endless, to: "b.nrrd")) }
    }
}
