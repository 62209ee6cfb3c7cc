import Foundation

/// How a volume is gone through in overlapping windows, for a network that cannot take it whole.
///
/// It is here because prediction (Inference) and scripts about scans (LuaModules) both use it, and both build on Tensors.
public struct SlidingWindow: Equatable, Sendable {
    /// The size of a window: depth, height, width.
    public let size: [Int]
    /// The share of a window that the next one covers, too: from 0 to below 1.
    public let overlap: Double

    /// Makes windows of `size` (depth, height, width) that overlap by at least `overlap` (default 1/2); throws where a
    /// value is not possible.
    public init(size: [Int], overlap: Double = 0.5) throws(TensorError) {
        guard size.count == 3, size.allSatisfy({ $0 >= 1 }) else {
            throw .argument(
                operation: "sliding_window", parameter: "window", value: "\(size)",
                expected: "three positive sizes: depth, height, width")
        }
        _ = try Shape.count(size, operation: "sliding_window")
        guard (0..<1).contains(overlap) else {
            throw .argument(
                operation: "sliding_window", parameter: "overlap", value: "\(overlap)",
                expected: "a share from 0 to below 1")
        }
        self.size = size
        self.overlap = overlap
    }

    /// The first voxels (depth, height, width, from 0) of the windows that cover `shape`, the last axis running fastest.
    ///
    /// Along each axis they are spread evenly, as few as leave the overlap (nnU-Net: Isensee et al., Nature Methods
    /// 2021); a side shorter than the window gets one, at 0.
    public func places(in shape: [Int]) -> [[Int]] {
        let starts = (0..<3).map { self.starts(length: shape[$0], size: size[$0]) }
        return starts[0].flatMap { z in starts[1].flatMap { y in starts[2].map { x in [z, y, x] } } }
    }

    /// About the bytes that the places of the windows that cover `shape` take, and the weights of one.
    func bytes(in shape: [Int]) -> Int {
        // No more windows than voxels, which are at most 2^48; a place is a list.
        let windows = (0..<3).reduce(1) { $0 * (last(length: shape[$1], size: size[$1]) + 1) }
        return 64 * windows + 8 * size.reduce(1, *)
    }

    /// The number of the last window along an axis, from 0.
    private func last(length: Int, size: Int) -> Int {
        let step = max(1, Double(size) * (1 - overlap))
        return length > size ? Int((Double(length - size) / step).rounded(.up)) : 0
    }

    private func starts(length: Int, size: Int) -> [Int] {
        guard length > size else { return [0] }
        let room = Double(length - size)
        let last = last(length: length, size: size)
        return (0...last).map { Int((room * Double($0) / Double(last)).rounded()) }
    }

    /// How much each voxel of a window counts: a Gaussian about its centre, of an eighth of each side as standard
    /// deviation (nnU-Net's), that is 1 at the centre and nowhere below 1/1000 (MONAI's floor).
    public var weights: [Float] {
        let axes = size.map { size in
            (0..<size).map { index in
                let distance = (Float(index) - Float(size - 1) / 2) / (Float(size) / 8)
                return exp(-distance * distance / 2)
            }
        }
        return axes[0].flatMap { z in axes[1].flatMap { y in axes[2].map { x in max(z * y * x, 1e-3) } } }
    }
}
