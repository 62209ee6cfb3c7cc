import LuaBridge
import Volumes

/// The sequences of a subject as scripts hold them: a volume, or a list of volumes with false for one that is missing.
struct Scans: LuaDecodable, LuaEncodable {
    /// The sequences in their order, nil for a missing one.
    let volumes: [Volume?]

    /// "Volume or list of Volumes".
    static var luaTypeName: String { "Volume or list of Volumes" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Scans {
        if let object = try? VolumeObject.decode(stack, at: index) { return Scans(volumes: [object.volume]) }
        guard stack.typeName(at: index) == "table" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        let list = try [LuaEither<VolumeObject, Bool>].decode(stack, at: index)
        return Scans(
            volumes: try list.map { entry throws(LuaMismatch) in
                switch entry {
                case .first(let object): return object.volume
                case .second(false): return nil
                case .second(true): throw LuaMismatch("a Volume, or false for a missing one, expected, got true")
                }
            })
    }

    /// Pushes the volume, or the list.
    func push(on stack: LuaStack) throws(LuaError) {
        if volumes.count == 1, let volume = volumes[0] { return try VolumeObject(volume).push(on: stack) }
        try volumes.map { volume in
            volume.map { LuaEither<VolumeObject, Bool>.first(VolumeObject($0)) } ?? .second(false)
        }.push(on: stack)
    }
}

/// A size of voxels: a number of mm for all axes, or three for depth, height, width.
struct VoxelSize: LuaDecodable {
    let values: [Double]

    /// "number or list of 3 numbers".
    static var luaTypeName: String { "number or list of 3 numbers" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> VoxelSize {
        let values: [Double]
        if let number = try? Double.decode(stack, at: index) {
            values = [number, number, number]
        } else {
            guard stack.typeName(at: index) == "table" else {
                throw LuaMismatch(expected: luaTypeName, stack, at: index)
            }
            values = try [Double].decode(stack, at: index)
        }
        guard values.count == 3, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw LuaMismatch("positive numbers of mm expected, one or three, got \(values)")
        }
        return VoxelSize(values: values)
    }
}

/// An orientation of axes, such as "RAS", or false for that of each scan.
struct OrientationChoice: LuaDecodable, CustomStringConvertible {
    let orientation: Orientation?

    /// As a script writes it.
    var description: String { orientation.map { "\"\($0)\"" } ?? "false" }

    /// "three letters such as 'RAS', or false".
    static var luaTypeName: String { "three letters such as 'RAS', or false" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> OrientationChoice {
        if (try? Bool.decode(stack, at: index)) == false { return OrientationChoice(orientation: nil) }
        guard let code = try? String.decode(stack, at: index) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        guard let orientation = Orientation(code) else {
            throw LuaMismatch("one letter each of R or L, A or P, S or I expected, got '\(code)'")
        }
        return OrientationChoice(orientation: orientation)
    }
}
