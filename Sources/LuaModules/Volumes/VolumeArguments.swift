import LuaBridge
import Tensors
import Volumes

/// An argument that is a volume or a tensor.
typealias VolumeArgument = LuaEither<VolumeObject, Tensor>

extension LuaEither where First == VolumeObject, Second == Tensor {
    /// The argument as a volume on `grid`; a tensor is D x H x W, after any dimensions of size 1. The volume may share
    /// the tensor's memory: read it before the tensor changes, and do not keep it.
    ///
    /// Without a grid a tensor gets voxels of 1 mm, and a volume keeps its own grid.
    func volume(on grid: Grid? = nil) throws(VolumeError) -> Volume {
        let volume =
            switch self {
            case .first(let object): object.volume
            case .second(let tensor): try Volume(sharing: tensor)
            }
        return if let grid { try volume.on(grid, "like") } else { volume }
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
