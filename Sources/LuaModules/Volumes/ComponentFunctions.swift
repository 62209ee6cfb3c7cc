import LuaBridge
import Support
import Tensors
import Volumes

private let mask = Parameter("mask", VolumeArgument.self, "a mask or class numbers: a volume or a tensor D x H x W")
private let connectivity = Option(
    "connectivity", ConnectivityArgument.self, default: ConnectivityArgument(value: .corners),
    "which voxels touch: those with a common face (6), or edge too (18), or corner too (26)")
private let spacing = Option(
    "spacing", VoxelSpacing?.self,
    "the distances of voxels in mm (depth, height, width); by default those of the volume, of a tensor 1")

/// Which voxels touch, as the number of neighbours.
struct ConnectivityArgument: LuaDecodable, CustomStringConvertible {
    let value: ConnectedComponents.Connectivity

    /// "6, 18 or 26".
    static var luaTypeName: String { "6, 18 or 26" }

    /// One of the three numbers.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ConnectivityArgument {
        let number = try Int.decode(stack, at: index)
        guard let value = ConnectedComponents.Connectivity(rawValue: number) else {
            throw LuaMismatch("\(luaTypeName) expected, got \(number)")
        }
        return ConnectivityArgument(value: value)
    }

    /// The number.
    var description: String { "\(value.rawValue)" }
}

extension LuaModule {
    /// Functions about the connected parts of masks.
    static let volumeComponents = [
        LuaFunction(
            "components",
            "Numbers the connected parts of a mask, or of each class, from 1 in the order of their first voxels.", mask,
            connectivity, spacing,
            returns:
                "the numbers, a volume or tensor as the mask (0 outside), and a list of {voxels, mm3, class} with the "
                + "size of each part",
            example: """
                local mask = torch.zeros(1, 2, 5); mask[{1, 1, {1, 2}}] = 1; mask[{1, 2, 4}] = 1; \
                local numbers, sizes = volumes.components(mask, {spacing = {2, 1, 1}}); \
                assert(numbers[{1, 2, 4}]:item() == 2 and #sizes == 2 and sizes[1].voxels == 2 and sizes[1].mm3 == 4)
                """
        ) { mask, connectivity, spacing -> (VolumeArgument, [LuaRecord]) in
            let volume = try mask.volume(spacing: spacing)
            let components = try ConnectedComponents(of: volume, connectivity.value)
            let count = components.sizes.count
            try AvailableMemory.require(count * bytesOfSize, for: "a table of \(count) components")
            let voxel = abs(volume.affine.determinant)
            let sizes = zip(components.sizes, components.values).map { size, value in
                LuaRecord(["voxels": size, "mm3": Double(size) * voxel, "class": value])
            }
            return (try mask.alike(components.volume(on: volume.grid)), sizes)
        },
        LuaFunction(
            "remove_small",
            "Takes small components out of a mask, or of each class of a map of class numbers: they become 0.", mask,
            Option(
                "min_volume", LuaEither<Double, [Double]>.self, in: .notNegative,
                "components below it go, in mm^3: one number, or a list with that of class 1, of class 2, ..."),
            connectivity, spacing,
            returns: "the mask, a volume or tensor as it was given, and the number of components that were removed",
            example: """
                local mask = torch.zeros(1, 2, 5); mask[{1, 1, {1, 2}}] = 1; mask[{1, 2, 4}] = 1; \
                local cleaned, removed = volumes.remove_small(mask, {min_volume = 2}); \
                assert(cleaned:sum():item() == 2 and removed == 1)
                """
        ) { mask, minVolume, connectivity, spacing -> (VolumeArgument, Int) in
            let volume = try mask.volume(spacing: spacing)
            let result =
                switch minVolume {
                case .first(let volumeOfAll): try volume.removingComponents(below: volumeOfAll, connectivity.value)
                case .second(let list): try volume.removingComponents(below: list, connectivity.value)
                }
            return (try mask.alike(result.volume.on(mask.volume().grid)), result.removed)
        },
        LuaFunction(
            "fill_holes",
            "Fills the holes of a mask, or of a map of class numbers: background that no path by faces joins to the border. "
                + "A hole gets the class with the most faces around it.", mask,
            returns: "the mask, a volume or tensor as it was given, and the number of voxels that were filled",
            example: """
                local mask = torch.ones(3, 3, 3) * 2; mask[{2, 2, 2}] = 0; \
                local whole, filled = volumes.fill_holes(mask); assert(whole:min():item() == 2 and filled == 1)
                """
        ) { mask -> (VolumeArgument, Int) in
            let result = try mask.volume().fillingHoles()
            return (try mask.alike(result.volume), result.filled)
        },
    ]

    /// The memory of a size, here and as a table of Lua together.
    private static let bytesOfSize = 512
}
