import LuaBridge
import Tensors
import Volumes

/// An argument that is a volume or a tensor.
typealias VolumeArgument = LuaEither<VolumeObject, Tensor>

extension LuaEither where First == VolumeObject, Second == Tensor {
    /// The volume, or one of the tensor's values (D x H x W behind dimensions of size 1) on `grid`.
    ///
    /// Without a grid a tensor gets voxels of 1 mm, and a volume keeps its own.
    func volume(on grid: Grid? = nil) throws(VolumeError) -> Volume {
        let volume =
            switch self {
            case .first(let object): object.volume
            case .second(let tensor): try Volume(tensor)
            }
        guard let grid else { return volume }
        guard volume.shape == grid.shape else {
            throw .parameter(
                "like", value: "of shape \(grid.shape.shapeText)", expected: "\(volume.shape.shapeText), as the values")
        }
        return try Volume(volume.values, grid: grid)
    }

    /// The values as a tensor, D x H x W of a volume.
    func tensor() throws(TensorError) -> Tensor {
        switch self {
        case .first(let object): try object.volume.tensor()
        case .second(let tensor): tensor
        }
    }

    /// Throws where both are volumes and this one, the parameter `name`, lies on another grid than `other`, the truth.
    func requireGrid(of other: VolumeArgument, _ name: String) throws(VolumeError) {
        guard case .first(let object) = self, case .first(let truth) = other else { return }
        try truth.volume.grid.requireSame(object.volume.grid, name, as: "the truth")
    }

    /// The spacing of a volume in mm; nil of a tensor.
    var spacing: [Double]? {
        if case .first(let object) = self { object.volume.spacing } else { nil }
    }
}

/// Runs `body`; where it complains of a parameter that scripts know under another name, the error gets that name.
func renaming<Result>(_ names: [String: String], _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch VolumeError.parameter(let name, let value, let expected) {
        throw VolumeError.parameter(names[name] ?? name, value: value, expected: expected)
    }
}
