import LuaBridge
import Tensors
import Volumes

/// A sampler of patches as scripts hold it.
final class PatchSamplerObject: LuaObject, CustomStringConvertible {
    let sampler: PatchSampler

    init(_ sampler: PatchSampler) { self.sampler = sampler }

    /// "PatchSampler(20 examples, 64x64x64, foreground 0.33, seed 1)".
    var description: String {
        let share = (sampler.foregroundShare * 100).rounded() / 100
        let size = sampler.size?.shapeText ?? "whole"
        return "PatchSampler(\(sampler.examples.count) examples, \(size), foreground \(share), "
            + "seed \(Int64(bitPattern: sampler.seed)))"
    }

    static let luaType = LuaType(
        "PatchSampler",
        "Patches of training examples. Call it with 1, 2, 3, ...: the patch depends on the seed and that number alone, so "
            + "a run that is resumed at a step goes on as if it had not stopped.",
        metamethods: [
            LuaFunction("__len", "The number of examples.", this) { object in object.sampler.examples.count },
            LuaFunction(
                "__call", "A patch: each example once, in random order, before any comes again.", this,
                Parameter("draw", Int.self, in: .count, "which, from 1"), returns: "its image and its label"
            ) { object, draw in
                let patch = try object.sampler(draw)
                return (patch.image, patch.label)
            },
        ])
}

/// A training example: a sample, or a table with an image and a label.
private struct PatchExample: LuaDecodable {
    let image: Tensor
    let label: Tensor

    static var luaTypeName: String { "Sample with a label, or table {image, label}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> PatchExample {
        if let sample = try? SampleObject.decode(stack, at: index), let label = sample.label {
            return PatchExample(image: sample.image, label: label)
        }
        guard let table = try? LuaTable.decode(stack, at: index), let image = try? table.get("image", as: Tensor.self),
            let label = try? table.get("label", as: Tensor.self)
        else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        return PatchExample(image: image, label: label)
    }
}

extension LuaModule {
    /// Functions that take parts of volumes to train on.
    static let volumePatches = [
        LuaFunction(
            "PatchSampler",
            "Makes a sampler of patches at random positions, a share of them around a foreground voxel.",
            Parameter("examples", [PatchExample].self, "samples with labels, or tables with an image and a label"),
            Option(
                "size", [Int]?.self, in: .count,
                "depth, height, width of the patches, padded with 0; whole examples by default"),
            Option(
                "foreground", Double.self, in: .share, default: 1.0 / 3,
                "the share of patches around a random voxel where the label is positive"
            ).needing("size"),
            Option("seed", Int.self, in: .any, default: 1, "the same seed gives the same patches"),
            returns: "the sampler",
            example: """
                local scan = volumes.phantom{size = {16, 16, 16}}; \
                local samples = {volumes.prepare(scan, volumes.volume(torch.ones(16, 16, 16), {like = scan}))}; \
                local sampler = volumes.PatchSampler(samples, {size = {8, 8, 8}}); \
                local image, label = sampler(1); assert(image:size(-1) == 8 and label:sum():item() > 0)
                """
        ) { examples, size, foreground, seed -> PatchSamplerObject in
            let examples = try examples.map { try PatchSampler.Example(image: $0.image, label: $0.label) }
            return PatchSamplerObject(
                try PatchSampler(
                    examples, size: size, foregroundShare: foreground, seed: UInt64(bitPattern: Int64(seed))))
        }
    ]
}
