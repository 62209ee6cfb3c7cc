import Support

/// Two masks in the box around both, with a margin of one voxel that belongs to neither.
///
/// Distances between their surfaces depend on nothing outside the box.
struct MaskBox {
    /// The voxels of a mask: depth, height and width of the box, and whether each is in the mask.
    struct Mask {
        let shape: [Int]
        let voxels: [Bool]
    }

    /// The predicted mask.
    let prediction: Mask
    /// The true mask.
    let truth: Mask

    /// Cuts the box out of two arrays of `shape`, a voxel being in a mask where its value is above `threshold`; nil
    /// where both masks are empty. Throws where there is no memory for the distances between their surfaces.
    init?(prediction: [Float], truth: [Float], shape: [Int], threshold: Float) throws(VolumeError) {
        let (h, w) = (shape[1], shape[2])
        var (first, last) = (SIMD3(repeating: Int.max), SIMD3(repeating: -1))
        for row in 0..<(shape[0] * h) {
            for x in 0..<w where prediction[row * w + x] > threshold || truth[row * w + x] > threshold {
                let voxel = SIMD3(row / h, row % h, x)
                first = pointwiseMin(first, voxel)
                last = pointwiseMax(last, voxel)
            }
        }
        guard last.x >= 0 else { return nil }
        let box = (0..<3).map { last[$0] - first[$0] + 3 }
        // Per voxel: whether it is in each mask and each surface, a squared distance, and two distances.
        try Grid(shape: box).requireMemory(
            4 * MemoryLayout<Bool>.stride + MemoryLayout<Double>.stride + 2 * MemoryLayout<Float>.stride,
            for: "the surfaces of masks of \(box.shapeText) voxels")
        func cut(_ values: [Float]) -> Mask {
            var voxels = [Bool](repeating: false, count: box[0] * box[1] * box[2])
            for z in first.x...last.x {
                for y in first.y...last.y {
                    let from = (z * h + y) * w
                    let to = ((z - first.x + 1) * box[1] + y - first.y + 1) * box[2] + 1 - first.z
                    for x in first.z...last.z { voxels[to + x] = values[from + x] > threshold }
                }
            }
            return Mask(shape: box, voxels: voxels)
        }
        self.prediction = cut(prediction)
        self.truth = cut(truth)
    }
}

extension MaskBox.Mask {
    /// The surface: the voxels in the mask of which one of the six neighbours is not, as where the mask is XORed with
    /// its erosion by a cross. Beyond the volume nothing is in a mask.
    var surface: [Bool] {
        let (h, w) = (shape[1], shape[2])
        var surface = [Bool](repeating: false, count: voxels.count)
        surface.withUnsafeMutableBufferPointer { surface in
            voxels.withUnsafeBufferPointer { mask in
                // The margin has no surface, and gives every other voxel six neighbours.
                ThreadPool.shared.run(shape[0] - 2) { slice in
                    for y in 1..<(h - 1) {
                        let row = ((slice + 1) * h + y) * w
                        for i in (row + 1)..<(row + w - 1) where mask[i] {
                            let isInside =
                                mask[i - 1] && mask[i + 1] && mask[i - w] && mask[i + w] && mask[i - h * w]
                                && mask[i + h * w]
                            surface[i] = !isInside
                        }
                    }
                }
            }
        }
        return surface
    }
}
