import Figures
import Foundation
import Support

/// What a viewer's script needs, as bytes: the length of a header (four bytes, the lowest first), the header as JSON,
/// and the codes of each layer as `VoxelCodes` has them.
struct ViewerData {
    private let layers: [ViewerLayer]
    private let frame: VoxelFrame
    private let classes: [String]

    /// The most voxels of all layers together that a browser is given.
    private static let mostVoxels = 32_000_000
    /// The numbers of steps in which values are kept: what is tried first, what is taken where there is much room, and
    /// what is tried before voxels are joined. 63 greys are still hard to tell from more.
    private static let levels = (usual: 255, fine: 4095, coarse: [127, 63])

    init(_ layers: [ViewerLayer], frame: VoxelFrame, classes: [String]) {
        (self.layers, self.frame, self.classes) = (layers, frame, classes)
    }

    /// The compressed data, of at most `limit` bytes unless one voxel takes more.
    func packed(limit: Int) throws(ReportError) -> [UInt8] {
        let box = try VoxelBlocks.box(of: layers, in: frame)
        var factor = [1, 1, 1]
        while true {
            let blocks = VoxelBlocks(frame, factor: factor, box: box)
            let isLast = blocks.size == [1, 1, 1]
            if blocks.count <= Self.mostVoxels / layers.count || isLast {
                // Values take 4 bytes, codes 2, and their bytes up to 2 and once more while they are compressed.
                let memory = blocks.count * layers.count * 10
                if let available = AvailableMemory.shortage(of: memory) {
                    throw .tensor(.outOfMemory(bytes: memory, available: available))
                }
                var values: [[Float]] = []
                for layer in layers { values.append(try blocks.values(of: layer)) }
                let usual = try bytes(blocks, values, levels: Self.levels.usual)
                if usual.count * 5 / 2 < limit {
                    let fine = try bytes(blocks, values, levels: Self.levels.fine)
                    return fine.count <= limit ? fine : usual
                }
                if usual.count <= limit || isLast { return usual }
                for levels in Self.levels.coarse where usual.count < 2 * limit {
                    let coarse = try bytes(blocks, values, levels: levels)
                    if coarse.count <= limit { return coarse }
                }
            }
            factor = frame.coarser(than: factor)
        }
    }

    private func bytes(
        _ blocks: VoxelBlocks, _ values: [[Float]], levels: Int
    ) throws(ReportError) -> [UInt8] {
        let size = blocks.box.map(\.count)
        var (codes, descriptions): ([UInt8], [JSON]) = ([], [])
        for (layer, values) in zip(layers, values) {
            // Maps are colours, of which fewer can be told apart.
            let most = layer.role == nil ? levels : min(levels, Self.levels.usual)
            let scale = layer.isLabels ? .labels : VoxelScale(layer, values: values, levels: most)
            codes += VoxelCodes.bytes(values.map(scale.code), size: size, planes: scale.planes)
            descriptions.append(description(of: layer, scale, values, isJoined: !blocks.isWhole))
        }
        let header = Array(header(blocks, values[0], descriptions).description.utf8)
        let length = (0..<4).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        return try Deflate.compressed(length + header + codes)
    }

    /// The header: where voxels lie, in the order right, anterior, superior, and what the layers are.
    private func header(_ blocks: VoxelBlocks, _ scan: [Float], _ descriptions: [JSON]) -> JSON {
        let layer = layers[0]
        let seen = scan.withUnsafeBufferPointer(ViewerLayer.sample).filter {
            abs($0 - layer.background) > layer.tolerance
        }
        let window = [0.01, 0.99].map { seen.quantile($0) ?? Double(layer.background) }
        return .record([
            "voxels": .numbers(frame.size), "factor": .numbers(blocks.factor), "spacing": .numbers(frame.spacing),
            "axes": .numbers(frame.axes), "flipped": .array(frame.isFlipped.map { .bool($0) }),
            "steps": .array(frame.steps.map { .numbers([$0.x, $0.y, $0.z]) }),
            "origin": .numbers([frame.origin.x, frame.origin.y, frame.origin.z]),
            "start": .numbers(blocks.box.map(\.lowerBound)), "size": .numbers(blocks.box.map(\.count)),
            "window": .numbers(window), "notes": .array(notes(blocks).map { .string($0) }),
            "colours": .array([4, 5, 2, 3, 1, 0].map { .string(Palette.series($0).css) }),
            "names": .array(classes.map { .string($0) }),
            "heat": .array((0...16).map { .string(ColourMap.heat(Double($0) / 16).css) }),
            "layers": .array(descriptions),
        ])
    }

    private func description(of layer: ViewerLayer, _ scale: VoxelScale, _ values: [Float], isJoined: Bool) -> JSON {
        var isPresent = [Bool](repeating: false, count: Int(ViewerLayer.largestLabel) + 1)
        if layer.isLabels { for value in values { isPresent[Int(value)] = true } }
        let classes = isPresent.indices.filter { $0 > 0 && isPresent[$0] }
        let colour: Colour? =
            switch layer.role {
            case .mask: Palette.truth
            case .prediction: Palette.prediction
            case .uncertainty, nil: nil
            }
        return .record([
            "name": .string(layer.name), "role": .string(layer.role?.rawValue ?? "scan"),
            "isLabels": .bool(layer.isLabels), "classes": .numbers(classes),
            "colour": colour.map { .string($0.css) } ?? .null, "low": .number(scale.low), "step": .number(scale.step),
            "levels": .number(Double(scale.levels)), "planes": .number(Double(scale.planes)),
            "isCut": .array([.bool(scale.isCut.below), .bool(scale.isCut.above)]),
            "isExact": .bool(scale.isExact && !isJoined),
            "background": .number(Double(scale.code(layer.background))),
        ])
    }

    /// What the reader has to know.
    private func notes(_ blocks: VoxelBlocks) -> [String] {
        var notes: [String] = []
        if !blocks.isWhole {
            let factor = blocks.factor.map(String.init).joined(separator: " x ")
            notes.append(
                "Shown at a lower resolution: \(factor) voxels (left-right, back-front, down-up) are joined; values are "
                    + "their means, labels the most frequent.")
        }
        if frame.tilt > 1 {
            notes.append(
                "The volume lies obliquely, by up to \(Int(frame.tilt.rounded())) degrees: the letters name the nearest "
                    + "directions.")
        }
        for layer in layers where layer.nonFiniteCount > 0 {
            notes.append("\(layer.name): \(layer.nonFiniteCount) voxels are not finite, drawn in violet.")
        }
        return notes
    }
}

extension JSON {
    fileprivate static func numbers(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }

    fileprivate static func numbers(_ values: [Int]) -> JSON { numbers(values.map(Double.init)) }
}

extension Colour {
    /// The colour as CSS writes it, "#RRGGBB".
    fileprivate var css: String {
        "#" + [red, green, blue].map { String(format: "%02X", Int((min(max($0, 0), 1) * 255).rounded())) }.joined()
    }
}
