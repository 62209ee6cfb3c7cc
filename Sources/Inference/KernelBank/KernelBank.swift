import Foundation
import Layers
import Support
import Tensors

/// The kernels of trained networks, by the layer that they come from.
///
/// Layers differ in scale by factors of 2 to 3, so a prior is learnt on kernels divided by their layer's scale, the
/// root of the mean square of its weights.
public struct KernelBank {
    /// The shape of one kernel.
    public let kernelShape: [Int]
    /// The kernels of each layer as they are in the networks, n x `kernelShape`.
    public let layers: [(path: String, kernels: Tensor)]

    /// A bank of the given kernels; each layer's must be n x `kernelShape`.
    public init(kernelShape: [Int], layers: [(path: String, kernels: Tensor)]) throws(TensorError) {
        for (path, kernels) in layers
        where kernels.rank == 0 || Array(kernels.shape.dropFirst()) != kernelShape || kernels.count == 0 {
            throw .shape(
                operation: "kernel_bank", parameter: path, shape: kernels.shape,
                expected: "n x \(kernelShape.shapeText), n of 1 or more")
        }
        self.kernelShape = kernelShape
        self.layers = layers
    }

    /// Collects the kernels of the layers at `paths` from `networks`: one for each output and input channel.
    ///
    /// - Parameters:
    ///   - threshold: Kernels of a smaller Euclidean norm are left out. By default the published 0.01 in 3D, 0.1 for
    ///     7x7, 0.05 for other 2D kernels.
    public init(
        collecting paths: [String], from networks: [any Layer], threshold: Float? = nil
    ) throws(TensorError) {
        var layers: [(path: String, kernels: Tensor)] = []
        for path in paths {
            var parts: [Tensor] = []
            for network in networks {
                guard let weight = try network.layer(at: path).parameters.first(where: { $0.name == "weight" })?.tensor,
                    weight.rank > 3
                else {
                    throw .argument(
                        operation: "kernel_bank", parameter: "paths", value: "'\(path)'",
                        expected: "a layer with convolution kernels")
                }
                parts.append(try Self.kernels(of: weight, threshold: threshold))
            }
            layers.append((path, try Tensor.concatenate(parts, dim: 1)))
        }
        try self.init(kernelShape: Array(layers.first?.kernels.shape.dropFirst() ?? []), layers: layers)
    }

    /// The kernels of a weight, those of a norm below the threshold left out.
    private static func kernels(of weight: Tensor, threshold: Float?) throws(TensorError) -> Tensor {
        let shape = Array(weight.shape.dropFirst(2))
        let limit = threshold ?? (shape.count == 3 ? 0.01 : shape == [7, 7] ? 0.1 : 0.05)
        let size = shape.reduce(1, *)
        let values = weight.values
        var kept: [Float] = []
        for start in stride(from: 0, to: values.count, by: max(size, 1)) {
            let kernel = values[start..<start + size]
            if kernel.reduce(0, { $0 + $1 * $1 }).squareRoot() >= limit { kept += kernel }
        }
        return try Tensor(kept, shape: [kept.count / max(size, 1)] + shape)
    }

    /// The number of kernels.
    public var count: Int { layers.reduce(0) { $0 + $1.kernels.shape[0] } }

    /// The kernels of the layer at `path`.
    public func kernels(of path: String) throws(TensorError) -> Tensor {
        guard let layer = layers.first(where: { $0.path == path }) else {
            throw .argument(
                operation: "kernel_bank", parameter: "layer", value: "'\(path)'",
                expected: "one of \(layers.map(\.path).joined(separator: ", "))")
        }
        return layer.kernels
    }

    /// The root of the mean square of the weights at `path`; an error where they are all 0.
    public func scale(of path: String) throws(TensorError) -> Float {
        let meanSquare = try kernels(of: path).detached().square().mean().item()
        guard meanSquare > 0, meanSquare.isFinite else {
            throw .argument(
                operation: "kernel_bank", parameter: "scale of \(path)", value: "\(meanSquare.squareRoot())",
                expected: "a finite number above 0")
        }
        return meanSquare.squareRoot()
    }

    /// The layers at `paths` with their scales, as a group of priors wants them.
    public func scales(of paths: [String]) throws(TensorError) -> [(path: String, scale: Float)] {
        var result: [(path: String, scale: Float)] = []
        for path in paths { result.append((path, try scale(of: path))) }
        return result
    }

    /// The kernels of the layers at `paths`, each divided by its layer's scale: n x `kernelShape`.
    public func standardised(_ paths: [String]) throws(TensorError) -> Tensor {
        var parts: [Tensor] = []
        for (path, scale) in try scales(of: paths) { parts.append(try kernels(of: path).scaled(by: 1 / scale)) }
        return try Tensor.concatenate(parts, dim: 1)
    }

    /// `count` kernels of the layer at `path`, drawn with replacement.
    public func draw(_ count: Int, from path: String, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let kernels = try kernels(of: path)
        return try kernels.indexSelect(1, (0..<max(count, 0)).map { _ in generator.below(kernels.shape[0]) + 1 })
    }

    /// Two banks of the same layers: a share of each layer's kernels, drawn at random, in the second.
    ///
    /// At least one kernel of each layer stays in each, so every layer must have two.
    public func split(
        heldOut share: Double, generator: RandomGenerator
    ) throws(TensorError) -> (training: KernelBank, heldOut: KernelBank) {
        guard share > 0, share < 1 else {
            throw .argument(
                operation: "kernel_bank", parameter: "held_out", value: "\(share)", expected: "between 0 and 1")
        }
        var (first, second): ([(path: String, kernels: Tensor)], [(path: String, kernels: Tensor)]) = ([], [])
        for (path, kernels) in layers {
            let order = generator.permutation(kernels.shape[0]).map { $0 + 1 }
            let number = min(max(1, Int(Double(order.count) * share)), order.count - 1)
            guard number >= 1 else {
                throw .shape(
                    operation: "kernel_bank", parameter: path, shape: kernels.shape, expected: "two kernels or more")
            }
            first.append((path, try kernels.indexSelect(1, Array(order.dropFirst(number)))))
            second.append((path, try kernels.indexSelect(1, Array(order.prefix(number)))))
        }
        return (
            try KernelBank(kernelShape: kernelShape, layers: first),
            try KernelBank(kernelShape: kernelShape, layers: second)
        )
    }
}
