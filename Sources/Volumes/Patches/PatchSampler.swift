import Support
import Tensors

/// Patches of training examples at random positions, a share of them around a voxel of the target.
///
/// Patch k is a function of the seed and k alone: a run that is resumed at step k goes on as if it had not stopped, and
/// nothing of the sampler needs to be kept. Each example comes once, in random order, before any comes again.
public struct PatchSampler {
    /// An image and its target.
    public struct Example {
        /// ... x D x H x W.
        public let image: Tensor
        /// The target, positive in the foreground: of the same D x H x W behind dimensions of size 1.
        public let label: Tensor

        /// Makes an example; throws where the shapes do not fit.
        public init(image: Tensor, label: Tensor) throws(VolumeError) {
            try requireVolume(image)
            try VolumeError.require(
                label.rank >= 3 && label.shape.suffix(3) == image.shape.suffix(3)
                    && label.shape.dropLast(3).allSatisfy { $0 == 1 }, "label",
                "of shape \(label.shape.shapeText)", "\(Array(image.shape.suffix(3)).shapeText), as the image")
            self.image = image
            self.label = label
        }
    }

    /// One patch, and where it was taken.
    public struct Patch {
        /// The image's part, ... x the patch's size; 0 beyond the image.
        public let image: Tensor
        /// The label's part, likewise.
        public let label: Tensor
        /// The example's index in the list, from 0.
        public let example: Int
        /// The first voxel: depth, height, width, from 0; negative where the example is smaller than the patch.
        public let start: [Int]
    }

    /// The examples.
    public let examples: [Example]
    /// The patches' size: depth, height, width; nil for whole examples.
    public let size: [Int]?
    /// The share of patches that are placed around a foreground voxel.
    public let foregroundShare: Double
    /// The seed.
    public let seed: UInt64

    /// Makes a sampler of patches of `size` (nil: whole examples).
    ///
    /// `foregroundShare` (default 1/3, as nnU-Net has it: Isensee et al., 2021) is the probability that a patch is
    /// placed around a random foreground voxel, which lies in its middle as far as the example's border allows; all
    /// others lie anywhere within the example, as do those of examples without foreground.
    public init(
        _ examples: [Example], size: [Int]? = nil, foregroundShare: Double = 1.0 / 3, seed: UInt64
    ) throws(VolumeError) {
        try VolumeError.require(!examples.isEmpty, "examples", "empty", "at least one")
        if let size {
            try VolumeError.require(
                size.count == 3 && size.allSatisfy { (1...1 << 20).contains($0) }, "size", size,
                "three positive sizes: depth, height, width")
        }
        try VolumeError.require((0...1).contains(foregroundShare), "foreground", foregroundShare, "a share from 0 to 1")
        if size != nil, foregroundShare > 0, !examples.contains(where: { $0.label.values.contains { $0 > 0 } }) {
            StandardStream.warnOnce(
                "PatchSampler: no example has a foreground voxel, so all patches lie at random places")
        }
        self.examples = examples
        self.size = size
        self.foregroundShare = foregroundShare
        self.seed = seed
    }

    /// Patch `draw`, which counts from 1.
    public func callAsFunction(_ draw: Int) throws(VolumeError) -> Patch {
        try VolumeError.require(draw >= 1, "draw", draw, "1 or more")
        let (epoch, position) = (draw - 1).quotientAndRemainder(dividingBy: examples.count)
        let index = generator(.epoch, epoch).permutation(examples.count)[position]
        let example = examples[index]
        guard let size else {
            return Patch(image: example.image, label: example.label, example: index, start: [0, 0, 0])
        }
        let start = start(in: example, size: size, generator(.patch, draw))
        return Patch(
            image: try Self.part(of: example.image, start, size), label: try Self.part(of: example.label, start, size),
            example: index, start: start)
    }

    private enum Purpose: UInt64 {
        case epoch, patch
    }

    /// A generator of its own for each epoch and each patch: they begin at the even and the odd blocks of the stream.
    private func generator(_ purpose: Purpose, _ number: Int) -> RandomGenerator {
        RandomGenerator(seed: seed, counter: UInt64(bitPattern: Int64(number)) &<< 1 | purpose.rawValue).split()
    }

    private func start(in example: Example, size: [Int], _ generator: RandomGenerator) -> [Int] {
        let shape = Array(example.image.shape.suffix(3))
        let wantsForeground = Double(generator.uniform()) < foregroundShare
        let anywhere = (0..<3).map { generator.below(shape[$0] - size[$0] + 1) }
        let voxel = wantsForeground ? Self.foregroundVoxel(of: example.label, generator) : nil
        return (0..<3).map { axis in
            let room = shape[axis] - size[axis]
            // A smaller example lies in the middle of its patch.
            guard room >= 0 else { return room >> 1 }
            return voxel.map { min(max($0[axis] - size[axis] / 2, 0), room) } ?? anywhere[axis]
        }
    }

    /// A random voxel of the foreground (depth, height, width); nil where there is none.
    private static func foregroundVoxel(of label: Tensor, _ generator: RandomGenerator) -> [Int]? {
        let values = label.values
        let count = values.count { $0 > 0 }
        guard count > 0 else { return nil }
        var left = generator.below(count)
        for (index, value) in values.enumerated() where value > 0 {
            if left == 0 {
                let (h, w) = (label.shape[label.rank - 2], label.shape[label.rank - 1])
                return [index / (h * w), index / w % h, index % w]
            }
            left -= 1
        }
        return nil
    }

    /// The part of ... x D x H x W of that size from `start` on, with 0 where there is nothing.
    private static func part(of tensor: Tensor, _ start: [Int], _ size: [Int]) throws(VolumeError) -> Tensor {
        let others = [Int](repeating: 0, count: tensor.rank - 3)
        let after = (0..<3).map { start[$0] + size[$0] - tensor.shape[tensor.rank - 3 + $0] }
        return try VolumeError.wrapping {
            try tensor.detached().padded(before: others + start.map { -$0 }, after: others + after)
        }
    }
}
