import Distributions
import Layers
import LuaBridge
import Tensors

/// A distribution or a bijector as the call of `dist` that makes it again, as files keep it.
struct DistributionCall {
    /// An argument, called as its parameter.
    typealias Argument = (name: String, value: any LuaEncodable)

    /// The function of `dist`, or `inverse`.
    let function: String
    /// The arguments, in order; nil for those that are not given.
    private(set) var arguments: [Argument]
    /// The options.
    private(set) var options: [Argument] = []

    /// What stands for the property `inv` of a bijector, which no function makes.
    static let inverse = "Inverse"

    /// The call that makes `value`; nil where it is neither a distribution nor a bijector, or one that no call makes.
    init?(_ value: LuaValue) {
        if let object = value.object(as: DistributionObject.self) {
            self.init(object.distribution)
        } else if let object = value.object(as: BijectorObject.self) {
            self.init(object.bijector)
        } else {
            return nil
        }
    }

    private init?(_ distribution: any Distribution) {
        switch distribution {
        case let distribution as Independent:
            self.init(
                "Independent", ("base", DistributionObject(distribution.base)),
                ("reinterpreted_batch_ndims", distribution.dims))
        case let mixture as Mixture:
            let list = mixture.given.map(DistributionObject.init)
            let components: any LuaEncodable = if mixture.isBatch, let batch = list.first { batch } else { list }
            self.init("Mixture", ("weights", DistributionObject(mixture.weights)), ("components", components))
        case let transformed as Transformed:
            self.init(
                "Transformed", ("base", DistributionObject(transformed.given)),
                ("transforms", transformed.bijector.parts.map(BijectorObject.init)))
        default: self.init(distribution.kind, named: distribution.parameters)
        }
    }

    private init?(_ bijector: any Bijector) {
        switch bijector {
        case let permutation as PermutationTransform: self.init("Permutation", ("order", permutation.order))
        case let composition as ComposeTransform:
            self.init("Compose", ("transforms", composition.parts.map(BijectorObject.init)))
        case let inverted as InvertedTransform:
            self.init(Self.inverse, ("original", BijectorObject(inverted.original)))
        case let spline as SplineTransform:
            self.init(spline.kind, named: spline.parameters)
            options.append(("bound", spline.bound))
        case let coupling as Coupling:
            guard let network = ConditionerArgument.value(of: coupling.network) else { return nil }
            self.init(coupling.kind, ("split", coupling.split), ("network", network))
            switch coupling.form {
            case .affine(let limit): options = [("limit", limit)]
            case .spline(let pieces, let bound): options = [("bins", pieces), ("bound", bound)]
            }
        default: self.init(bijector.kind, named: bijector.parameters)
        }
    }

    private init(_ function: String, _ arguments: Argument...) {
        (self.function, self.arguments) = (function, arguments)
    }

    /// A call with tensors as arguments, which are called as the parameters of the function; nil where one is not.
    private init?(_ function: String, named tensors: [(name: String, tensor: Tensor)]) {
        guard let declared = LuaModule.dist.functions.first(where: { $0.name == function })?.layout.parameters
        else { return nil }
        (self.function, arguments) = (function, [])
        for parameter in declared {
            let tensor = tensors.first { $0.name == parameter.name }?.tensor
            switch (parameter.kind, tensor) {
            case (.option, let tensor?): options.append((parameter.name, tensor))
            case (.option, nil): break
            case (_, let tensor?): arguments.append((parameter.name, tensor))
            case (_, nil): arguments.append((parameter.name, LuaValue.none))
            }
        }
        guard tensors.allSatisfy({ tensor in declared.contains { $0.name == tensor.name } }) else { return nil }
    }
}
