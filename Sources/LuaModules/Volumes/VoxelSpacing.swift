import LuaBridge
import Volumes

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

    /// Voxels at these distances, along the axes of the world.
    var affine: Affine { Affine(spacing: [values[2], values[1], values[0]]) }
}
