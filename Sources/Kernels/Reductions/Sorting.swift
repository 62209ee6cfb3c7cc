/// Elements in order; NaN counts as larger than any number, as in PyTorch, and equal elements keep their order.
public enum Sorting {
    /// The most elements of a fibre: beyond, a Float does not hold every whole number.
    public static let longest = 1 << 24

    /// The bytes that an element of a fibre takes while the fibre is sorted.
    public static let bytesPerElement = MemoryLayout<UInt64>.stride

    /// The indices, counted from 1, that put the elements of each fibre in order, in the places of its elements.
    public static func order(
        _ fibres: Fibres, descending: Bool, input: UnsafePointer<Float>, indices: UnsafeMutablePointer<Float>
    ) {
        fibres.forEachFibre { _, start in
            let keys = keys(fibres, start, descending: descending, input)
            for (k, key) in keys.enumerated() { indices[start &+ k &* fibres.inner] = Float(index(key) + 1) }
        }
    }

    /// The index, counted from 1, of each fibre's median: the lower one of two, or the first NaN. A fibre has at least
    /// one element.
    public static func medians(_ fibres: Fibres, input: UnsafePointer<Float>, indices: UnsafeMutablePointer<Float>) {
        fibres.forEachFibre { fibre, start in
            let keys = keys(fibres, start, descending: false, input)
            let hasNaN = keys[keys.count - 1] >= firstNaN
            let median = hasNaN ? keys.first { $0 >= firstNaN } : keys[(keys.count - 1) / 2]
            indices[fibre] = Float(index(median ?? 0) + 1)
        }
    }

    private static let firstNaN: UInt64 = 0xFFFF_FFFF << 32

    private static func index(_ key: UInt64) -> Int { Int(key & 0xFFFF_FFFF) }

    /// For each element a number that orders as the elements do, in the upper half, above its index; sorted.
    private static func keys(
        _ fibres: Fibres, _ start: Int, descending: Bool, _ input: UnsafePointer<Float>
    ) -> [UInt64] {
        var keys: [UInt64] = []
        keys.reserveCapacity(fibres.length)
        for k in 0..<fibres.length {
            let x = input[start &+ k &* fibres.inner]
            // Adding 0 makes 0 of -0, its equal. The bits of negative numbers order backwards.
            let bits = (x + 0).bitPattern
            let ordered = x.isNaN ? .max : bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
            keys.append(UInt64(descending ? ~ordered : ordered) << 32 | UInt64(k))
        }
        keys.sort()
        return keys
    }
}
