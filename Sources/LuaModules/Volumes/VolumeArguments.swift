import LuaBridge
import Tensors
import Volumes

/// An argument that is a volume or a tensor.
typealias VolumeArgument = LuaEither<VolumeObject, Tensor>

extension LuaEither where First == VolumeObject, Second == Tensor {
    /// The argument as a volume on `grid`; a tensor is D x H x W, after any dimensions of size 1. The volume may share
    /// the tensor's memory: read it before the tensor changes, and do not keep it.
    ///
    /// Without a grid a tensor gets voxels of 1 mm, and a volume keeps its own grid. Errors about a tensor's shape name
    /// the parameter `name`.
    func volume(on grid: Grid? = nil, named name: String = "tensor") throws(VolumeError) -> Volume {
        let volume =
            switch self {
            case .first(let object): object.volume
            case .second(let tensor): try Volume(sharing: tensor, named: name)
            }
        return if let grid { try volume.on(grid, "like") } else { volume }
    }

    /// The argument, the parameter `name`, as a volume, whose voxels are `spacing` apart: by default as its own, or
    /// 1 mm of a tensor.
    func volume(spacing: VoxelSpacing?, named name: String = "tensor") throws(VolumeError) -> Volume {
        let volume = try volume(named: name)
        guard let spacing else { return volume }
        return try volume.on(Grid(shape: volume.shape, affine: spacing.affine), "spacing")
    }

    /// A result of the form of this argument: `volume` itself, or its values as a tensor of the argument's shape.
    /// Nobody else may have the volume.
    func alike(_ volume: Volume) throws -> VolumeArgument {
        switch self {
        case .first: .first(VolumeObject(volume))
        case .second(let tensor): .second(try volume.voxels.reshaped(tensor.shape))
        }
    }

    /// The values as a tensor, D x H x W of a volume: to be read, not to be changed.
    var voxels: Tensor {
        switch self {
        case .first(let object): object.volume.voxels
        case .second(let tensor): tensor
        }
    }

    /// Throws where this argument, the parameter `name`, and the truth `other` are volumes on different grids.
    func requireGrid(of other: VolumeArgument, _ name: String) throws(VolumeError) {
        guard case .first(let object) = self, case .first(let truth) = other else { return }
        try truth.volume.grid.requireSame(object.volume.grid, name, as: "the truth")
    }

    /// The spacing of a volume in mm; nil of a tensor.
    var spacing: [Double]? {
        if case .first(let object) = self { object.volume.spacing } else { nil }
    }
}

/// A prediction and a truth as volumes of one shape, on the same grid where both are volumes; their voxels are
/// `spacing` apart, by default as those of the truth or else of the prediction, or 1 mm of tensors.
func comparedVolumes(
    _ prediction: VolumeArgument, _ truth: VolumeArgument, _ spacing: VoxelSpacing?
) throws(VolumeError) -> (prediction: Volume, truth: Volume) {
    try prediction.requireGrid(of: truth, "prediction")
    let spacing = spacing ?? VoxelSpacing(values: truth.spacing ?? prediction.spacing ?? [1, 1, 1])
    let predicted = try prediction.volume(spacing: spacing, named: "prediction")
    let actual = try truth.volume(spacing: spacing, named: "truth")
    guard predicted.shape == actual.shape else {
        throw .parameter(
            "prediction", value: "of shape \(predicted.shape.shapeText)",
            expected: "\(actual.shape.shapeText), as the truth")
    }
    return (predicted, actual)
}

/// Throws where an option is given that belongs to another rule than `rule`.
func requireRule<Rule: RawRepresentable<String> & Equatable>(
    _ rule: Rule, _ options: (name: String, isGiven: Bool, rule: Rule)...
) throws(LuaArgumentError) {
    guard let other = options.first(where: { $0.isGiven && $0.rule != rule }) else { return }
    throw LuaArgumentError(other.name, "only with rule = '\(other.rule.rawValue)'")
}

/// Runs `body`; an error about one of the parameters in `names` gets the name that scripts know it by.
func renaming<Result>(_ names: [String: String], _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch VolumeError.parameter(let name, let value, let expected) {
        throw VolumeError.parameter(names[name] ?? name, value: value, expected: expected)
    }
}

/// The distances between voxels in mm, as three numbers (depth, height, width) or as those of a volume.
struct VoxelSpacing: LuaDecodable {
    let values: [Double]

    /// "list of 3 numbers or Volume".
    static var luaTypeName: String { "list of 3 numbers or Volume" }

    /// Three positive numbers, or a volume.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> VoxelSpacing {
        if let object = try? VolumeObject.decode(stack, at: index) {
            return VoxelSpacing(values: object.volume.spacing)
        }
        guard stack.typeName(at: index) == "table" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        let values = try [Double].decode(stack, at: index)
        guard values.count == 3, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw LuaMismatch("three positive numbers expected, got \(values)")
        }
        return VoxelSpacing(values: values)
    }

    /// The affine of voxels at these distances along the axes of the world.
    var affine: Affine { Affine(spacing: [values[2], values[1], values[0]]) }
}
