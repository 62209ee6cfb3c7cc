import Tensors
import TestSupport
import Testing

/// Values and gradients at 0, infinity, NaN and the like against PyTorch's, in Fixtures/special_values.py.
@Suite struct SpecialValuesTests {
    typealias Function = @Sendable (Tensor) throws -> Tensor
    typealias BinaryFunction = @Sendable (Tensor, Tensor) throws -> Tensor

    static let unary: [String: Function] = {
        var functions: [String: Function] = [
            "neg": { try $0.negated() }, "exp": { try $0.exp() }, "log": { try $0.log() }, "sqrt": { try $0.sqrt() },
            "square": { try $0.square() }, "abs": { try $0.abs() }, "sin": { try $0.sin() }, "cos": { try $0.cos() },
            "relu": { try $0.relu() }, "leaky_relu": { try $0.leakyRelu(negativeSlope: 0.2) }, "elu": { try $0.elu() },
            "softplus": { try $0.softplus() }, "sigmoid": { try $0.sigmoid() }, "tanh": { try $0.tanh() },
            "clamp": { try $0.clamped(minimum: -1, maximum: 2) }, "clamp_min": { try $0.clamped(minimum: 0) },
            "scale": { try $0.scaled(by: -2.5) }, "offset": { try $0.offset(by: 3) },
            "max_of_all": { try $0.max() }, "min_of_all": { try $0.min() },
            "where_sqrt": { try Tensor.select($0.compared(.greater, Tensor(0)), $0, Tensor(0)).sqrt() },
            "relu_sqrt": { try $0.relu().sqrt() }, "clamp_log": { try $0.clamped(minimum: 0).log() },
            "maximum_sqrt": { try Tensor.maximum($0, Tensor(0)).sqrt() },
            "minimum_log": { try Tensor.minimum($0, Tensor(0)).negated().log() },
            "masked_fill_sqrt": {
                try $0.cloned().maskedAssign(Tensor(0), where: $0.compared(.less, Tensor(0))).sqrt()
            },
            "whole_pow": { try Tensor.power($0, Tensor(3)) },
        ]
        for exponent in [
            "0", "1", "2", "3", "4", "5", "-1", "-2", "-3", "0.5", "-0.5", "1.5", "-2.5", "inf", "-inf", "nan",
        ] {
            functions["pow_" + exponent] = { try $0.power(Float(exponent) ?? 0) }
        }
        for base in ["2.0", "1.0", "0.0", "-2.0", "-1.0", "inf", "nan"] {
            functions["base_" + base] = { try Tensor.power(Tensor(Float(base) ?? 0), $0) }
        }
        return functions
    }()

    static let binary: [String: BinaryFunction] = [
        "add": { try $0 + $1 }, "sub": { try $0 - $1 }, "mul": { try $0 * $1 }, "div": { try $0 / $1 },
        "pow": { try Tensor.power($0, $1) }, "remainder": { try Tensor.remainder($0, $1) },
        "maximum": { try Tensor.maximum($0, $1) }, "minimum": { try Tensor.minimum($0, $1) },
        "where": { try Tensor.select($0.compared(.greater, $1), $0, $1) },
        "floor_divide": { try Tensor.floorDivide($0, $1) },
    ]

    static let rows: [String: Function] = [
        "sum": { try $0.sum([2]) }, "mean": { try $0.mean([2]) }, "var": { try $0.variance([2]) },
        "std": { try $0.standardDeviation([2]) }, "std_biased": { try $0.standardDeviation([2], unbiased: false) },
        "norm": { try $0.norm([2]) }, "max": { try $0.max(2).values }, "min": { try $0.min(2).values },
        "logsumexp": { try $0.logSumExp([2]) }, "softmax": { try $0.softmax(2) },
        "log_softmax": { try $0.logSoftmax(2) }, "var_of_one": { try $0.slice(2, 1, 1).variance([2]) },
        "std_of_one": { try $0.slice(2, 1, 1).standardDeviation([2]) },
    ]

    @Test(arguments: unary.keys.sorted())
    func unaryFunction(_ name: String) throws {
        let fixture = try Fixture("special_values")
        let function = try #require(Self.unary[name])
        try check(name, in: fixture, [fixture["values"]]) { try function($0[0]) }
    }

    @Test(arguments: binary.keys.sorted())
    func binaryFunction(_ name: String) throws {
        let fixture = try Fixture("special_values")
        let function = try #require(Self.binary[name])
        let values = try fixture["paired"]
        let square = [values.count, values.count]
        let pairs = try [values.reshaped([-1, 1]).expanded(to: square).cloned(), values.expanded(to: square).cloned()]
        try check(name, in: fixture, pairs) { try function($0[0], $0[1]) }
    }

    @Test(arguments: rows.keys.sorted())
    func functionOfRows(_ name: String) throws {
        let fixture = try Fixture("special_values")
        let function = try #require(Self.rows[name])
        try check(name, in: fixture, [fixture["rows"]]) { try function($0[0]) }
    }

    @Test func everyCaseIsTested() throws {
        let names = Set(
            try Fixture("special_values").tensors.keys.filter { $0.contains("/") }.map { $0.prefix { $0 != "/" } })
        let tested = Set(Self.unary.keys).union(Self.binary.keys).union(Self.rows.keys)
        #expect(Set(names.map(String.init)) == tested)
    }

    /// Compares the value, and the gradients where the file has them.
    private func check(
        _ name: String, in fixture: Fixture, _ inputs: [Tensor], _ body: ([Tensor]) throws -> Tensor
    ) throws {
        let leaves = try inputs.map { try $0.cloned().requireGradient() }
        let result = try body(leaves)
        expectSame(result, try fixture["\(name)/out"], "the value of \(name)", at: inputs)
        guard fixture.tensors["\(name)/grad_x"] != nil else {
            #expect(!result.requiresGradient)
            return
        }
        let weights = result.rank == 0 ? [1] : (0..<result.count).map { Float(1 + $0 % 3) }
        try result.backward(gradient: Tensor(weights, shape: result.shape))
        for (key, leaf) in zip(["x", "y"], leaves) {
            let gradient = try leaf.gradient ?? leaf.zerosLike()
            // 1 - y^2, times at most 3, is as exact as y is, which two roundings to 6e-8 have gone into.
            expectSame(
                gradient, try fixture["\(name)/grad_\(key)"], "the gradient of \(name) by \(key)", at: inputs,
                rounding: name == "tanh" ? 7e-7 : 1e-38)
        }
    }

    /// Expects NaN where there is NaN, and other values up to 2e-6 of them, or `rounding` where they are smaller.
    private func expectSame(
        _ actual: Tensor, _ expected: Tensor, _ what: String, at inputs: [Tensor], rounding: Float = 1e-38
    ) {
        #expect(actual.shape == expected.shape, "\(what)")
        let columns = inputs.map { $0.count == expected.count ? $0.values : [] }
        for (i, (found, wanted)) in zip(actual.values, expected.values).enumerated() {
            let isSame =
                found == wanted || (found.isNaN && wanted.isNaN)
                || (wanted.isFinite && abs(found - wanted) <= 2e-6 * abs(wanted) + rounding)
            #expect(
                isSame,
                "\(what) at \(columns.compactMap { $0.isEmpty ? nil : $0[i] }), element \(i): \(found) is not \(wanted)"
            )
        }
    }
}
