import Foundation
import Tensors

/// Overlapping windows that cover a volume, for a network that cannot take it whole.
public struct SlidingWindow: Equatable, Sendable {
    /// The size of a window: depth, height, width.
    public let size: [Int]
    /// The least share of a window that the next one covers as well: from 0 to below 1.
    public let overlap: Double

    /// Makes windows of `size` (depth, height, width) that overlap by at least `overlap` (default 1/2); throws where a
    /// value is not possible.
    public init(size: [Int], overlap: Double = 0.5) throws(TensorError) {
        try require(
            size.count == 3 && size.allSatisfy({ $0 >= 1 }), "sliding_window", "window", size,
            expected: "three positive sizes: depth, height, width")
        _ = try Shape.count(size, operation: "sliding_window")
        try require(
            (0..<1).contains(overlap), "sliding_window", "overlap", overlap, expected: "a share from 0 to below 1")
        self.size = size
        self.overlap = overlap
    }

    /// The first voxel (depth, height, width, from 0) of each window that covers `shape`, the last axis running
    /// fastest.
    ///
    /// Along each axis there are as few windows as the overlap allows, spread evenly (as in nnU-Net: Isensee et al.,
    /// Nature Methods 2021); a side shorter than the window gets one window, at 0.
    public func starts(in shape: [Int]) -> [[Int]] {
        let axes = (0..<3).map { starts(length: shape[$0], size: size[$0]) }
        return axes[0].flatMap { z in axes[1].flatMap { y in axes[2].map { x in [z, y, x] } } }
    }

    /// About how many bytes the list of windows that cover `shape` and the weights of one window take.
    func bytes(in shape: [Int]) -> Int {
        // There are no more windows than voxels, at most 2^48, so this cannot overflow. 64 bytes are an array of three.
        let windows = (0..<3).reduce(1) { $0 * (last(length: shape[$1], size: size[$1]) + 1) }
        return 64 * windows + 8 * size.reduce(1, *)
    }

    /// The index of the last window along an axis, from 0.
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

    /// The weight of each voxel of a window: a Gaussian about the window's centre, 1 there, with an eighth of each side
    /// as standard deviation (as in nnU-Net) and at least 1/1000 everywhere (as in MONAI).
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
