import Layers
import Support
import Tensors
import TestSupport
import Testing

/// Layers against `Fixtures/layers.py`, and dropout, whose numbers are our own.
struct PyTorchLayerTests {
    @Test(arguments: [
        (
            "Conv1d",
            #"{"kind": "Conv1d", "in_channels": 2, "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}"#
        ),
        (
            "ConvTranspose1d",
            #"{"kind": "ConvTranspose1d", "in_channels": 2, "out_channels": 3, "kernel_size": 3, "stride": 2, "#
                + #""output_padding": 1}"#
        ),
        ("BatchNorm1d", #"{"kind": "BatchNorm1d", "num_features": 3, "momentum": 0.3}"#),
        (
            "BatchNorm1d of sequences", #"{"kind": "BatchNorm1d", "num_features": 3, "track_running_stats": false}"#
        ),
        ("BatchNorm2d", #"{"kind": "BatchNorm2d", "num_features": 2, "eps": 0.01}"#),
        ("BatchNorm3d", #"{"kind": "BatchNorm3d", "num_features": 17, "affine": false}"#),
        ("GroupNorm", #"{"kind": "GroupNorm", "num_groups": 2, "num_channels": 6}"#),
        ("LayerNorm", #"{"kind": "LayerNorm", "normalized_shape": [3, 4], "eps": 0.01}"#),
        ("LayerNorm without bias", #"{"kind": "LayerNorm", "normalized_shape": 5, "bias": false}"#),
        ("GELU", #"{"kind": "GELU"}"#),
        ("GELU by tanh", #"{"kind": "GELU", "approximate": "tanh"}"#),
        ("SiLU", #"{"kind": "SiLU"}"#),
        ("PReLU", #"{"kind": "PReLU"}"#),
        ("PReLU of channels", #"{"kind": "PReLU", "num_parameters": 3, "init": 0.5}"#),
        ("LogSoftmax", #"{"kind": "LogSoftmax", "dim": 2}"#),
        (
            "AvgPool2d",
            #"{"kind": "AvgPool2d", "kernel_size": [3, 2], "stride": [2, 2], "padding": [1, 1], "ceil_mode": true}"#
        ),
        (
            "AvgPool2d without padding",
            #"{"kind": "AvgPool2d", "kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": false}"#
        ),
        ("AvgPool3d", #"{"kind": "AvgPool3d", "kernel_size": 2, "divisor_override": 3}"#),
        ("AdaptiveAvgPool2d", #"{"kind": "AdaptiveAvgPool2d", "output_size": [3, 4]}"#),
        ("AdaptiveAvgPool3d", #"{"kind": "AdaptiveAvgPool3d", "output_size": 2}"#),
        ("Embedding", #"{"kind": "Embedding", "num_embeddings": 4, "embedding_dim": 3, "padding_idx": 2}"#),
    ])
    func `Values, gradients and buffers are PyTorch's`(_ name: String, _ configuration: String) throws {
        let fixture = try Fixture("layers")
        let layer = try LayerDecoder.standard.layer(
            Configuration(JSON(parsing: configuration)), generator: RandomGenerator(seed: 1))
        try layer.load(fixture.tensors(under: "\(name)/state/"))
        let input = try fixture["\(name)/input"]
        if !(layer is Embedding) { try input.requireGradient() }
        let output = try layer(input)
        try expectClose(output, fixture["\(name)/output"], name)
        try output.backward(gradient: fixture["\(name)/weights"])
        for (key, expected) in fixture.tensors(under: "\(name)/grad/") {
            let tensor = key == "input" ? input : layer.stateDictionary[key]
            try expectClose(tensor?.gradient, expected, "\(name), gradient of \(key)")
        }
        for (key, expected) in fixture.tensors(under: "\(name)/after/") {
            try expectClose(layer.stateDictionary[key], expected, "\(name), \(key)")
        }
        layer.setTraining(false)
        try expectClose(layer(input), fixture["\(name)/eval"], "\(name), after eval()")
    }

    @Test(arguments: [nil, 2, 3])
    func `Dropout sets a share to 0, and keeps the mean`(_ dimensions: Int?) throws {
        let shape = [50, 40] + [Int](repeating: 2, count: dimensions ?? 0)
        let layer = try Dropout(0.3, dimensions: dimensions, generator: RandomGenerator(seed: 1))
        let input = try Tensor.ones(shape).requireGradient()
        let output = try layer(input)
        #expect(Set(output.values) == [0, 1 / (1 - 0.3)])
        let share = Double(output.values.count { $0 == 0 }) / Double(output.count)
        // Four standard deviations of the share of 2000 draws.
        #expect(abs(share - 0.3) < 0.041)
        let channels = try output.reshaped([2000, -1])
        for channel in 1...2000 { #expect(Set(try channels.select(1, channel).values).count == 1) }
        try output.sum().backward()
        #expect(input.gradient?.values == output.values)
        layer.generator = RandomGenerator(seed: 1)
        #expect(try layer(input).values == output.values)
        #expect(try layer(input).values != output.values)
        layer.setTraining(false)
        #expect(try layer(input) === input)
    }

    @Test func `Dropout of all gives 0`() throws {
        let layer = try Dropout(1, generator: RandomGenerator(seed: 1))
        #expect(try layer(try Tensor.ones([3])).values == [0, 0, 0])
    }

    @Test func `A network hands its generator to the layers that draw`() throws {
        let network = try Sequential([
            Dropout(generator: RandomGenerator(seed: 1)),
            Sequential([Dropout(generator: RandomGenerator(seed: 2))]),
        ])
        let input = try Tensor.ones([100])
        network.draw(from: RandomGenerator(seed: 3))
        let first = try network(input).values
        network.draw(from: RandomGenerator(seed: 3))
        #expect(try network(input).values == first)
    }

    @Test func `Wrong settings and inputs are named`() throws {
        let generator = RandomGenerator(seed: 1)
        func text(_ layer: any Layer, _ shape: [Int]) throws -> String {
            try message { _ = try layer(try Tensor.ones(shape)) }
        }
        #expect(try message { _ = try GroupNorm(4, 6) }.contains("num_groups is 4 (expected a number that divides"))
        #expect(
            try message { _ = try Dropout(1.5, generator: generator) } == "Dropout: p is 1.5 (expected from 0 to 1)")
        #expect(try message { _ = try LayerNorm([]) }.contains("normalized_shape is {}"))
        #expect(try message { _ = try BatchNorm(dimensions: 2, channels: 2, momentum: 2) }.contains("momentum is 2.0"))
        #expect(
            try message { _ = try Embedding(3, 2, paddingIndex: 4, generator: generator) }
                .contains("padding_idx is 4 (expected from 1 to num_embeddings, 3)"))
        #expect(
            try message { _ = try AvgPool(dimensions: 2, kernelSize: [2], padding: [2]) }
                == "AvgPool2d: padding is 2 (expected at most half of kernel_size, 2)")
        #expect(
            try text(BatchNorm(dimensions: 2, channels: 3), [2, 3, 4])
                == "BatchNorm2d: input has shape 2x3x4 (expected N x 3 x H x W)")
        #expect(
            try text(BatchNorm(dimensions: 1, channels: 3), [1, 3])
                == "batch_norm: input has shape 1x3 (expected more than one element of each channel in training)")
        #expect(try text(GroupNorm(1, 3), [2, 4]).contains("expected N x 3 x ..."))
        #expect(try text(LayerNorm([3, 4]), [3, 2, 4]).contains("expected the last sizes 3x4"))
        #expect(
            try text(Dropout(dimensions: 2, generator: generator), [2, 3])
                == "dropout2d: input has shape 2x3 (expected N x C x H x W)")
        let table = try Embedding(3, 2, generator: generator)
        #expect(
            try message { _ = try table(try Tensor([4], shape: [1])) }
                == "embedding: input is 4 (expected 1 to 3, or -3 to -1)")
        #expect(
            try message { _ = try table(try Tensor([0.5], shape: [1])) }
                == "embedding: input is 0.5 (expected whole numbers)")
        #expect(
            try text(PReLU(2), [2, 3]) == "prelu: weight has shape 2 (expected one number, or one for each channel "
                + "(dimension 2))")
    }
}
