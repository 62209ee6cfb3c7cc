import CZlib
import Foundation
import Report
import Support
import Testing

/// The data of a viewer, read naively as its script reads them.
struct UnpackedViewer {
    let header: JSON
    /// The codes of each layer, right fastest, then anterior.
    let codes: [[Int]]

    init(_ viewer: VolumeViewer) throws {
        let html = viewer.html(fallback: "")
        let data = try #require(html.firstMatch(of: #/data-volume="([^"]*)"/#)).1
        let bytes = try Self.inflated([UInt8](#require(Data(base64Encoded: String(data)))))
        let length = (0..<4).reduce(0) { $0 + Int(bytes[$1]) << (8 * $1) }
        header = try JSON(parsing: bytes[4..<(4 + length)])
        let size = try Self.numbers(header["size"]).map { Int($0) }
        var start = 4 + length
        var codes: [[Int]] = []
        for layer in header["layers"]?.elements ?? [] {
            let planes = try #require(layer["planes"]?.integer)
            let count = size.reduce(1, *)
            var layerCodes: [Int] = []
            for index in 0..<count {
                let (x, y, z) = (index % size[0], index / size[0] % size[1], index / size[0] / size[1])
                let before = [
                    x > 0 ? layerCodes[index - 1] : 0, y > 0 ? layerCodes[index - size[0]] : 0,
                    z > 0 ? layerCodes[index - size[0] * size[1]] : 0,
                ].sorted()
                let high = planes == 2 ? Int(bytes[start + count + index]) << 8 : 0
                layerCodes.append((before[1] + Int(bytes[start + index]) + high) % (planes == 2 ? 65536 : 256))
            }
            start += count * planes
            codes.append(layerCodes)
        }
        #expect(start == bytes.count)
        self.codes = codes
    }

    /// The number of characters of the data.
    static func characters(of viewer: VolumeViewer) -> Int { viewer.html(fallback: "").utf8.count }

    /// The numbers of a list in the header.
    static func numbers(_ json: JSON?) throws -> [Double] { try #require(json?.elements).compactMap(\.number) }

    /// The numbers of the list `name`.
    func numbers(_ name: String) throws -> [Double] { try Self.numbers(header[name]) }

    /// The member `name` of a layer.
    func layer(_ index: Int, _ name: String) -> JSON? { header["layers"]?.elements?[index][name] }

    /// The notes to the reader.
    var notes: [String] { header["notes"]?.elements?.compactMap(\.text) ?? [] }

    /// The values of a layer, NaN for what is not finite.
    func values(_ index: Int) throws -> [Double] {
        let low = try #require(layer(index, "low")?.number)
        let step = try #require(layer(index, "step")?.number)
        return codes[index].map { $0 == 0 ? .nan : low + Double($0 - 1) * step }
    }

    private static func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            var count = uLong(result.count)
            let code = uncompress(&result, &count, bytes, uLong(bytes.count))
            if code == Z_OK { return Array(result.prefix(Int(count))) }
            try #require(code == Z_BUF_ERROR && result.count < 1 << 28)
            result = [UInt8](repeating: 0, count: result.count * 4)
        }
    }
}
