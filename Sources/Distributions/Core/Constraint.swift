import Tensors

/// A set of values: the support of a distribution, or the image of a bijector.
public struct Constraint {
    /// Whether values lie in the set: a mask of the shape of the values, without the dimensions of an event.
    public let contains: (Tensor) throws(TensorError) -> Tensor
    /// A value that lies in the set, which broadcasts with batch and event.
    let member: Tensor
    /// Whether all finite numbers are members.
    let isReal: Bool

    /// The set of the values for which `contains` gives 1, such as `member`.
    init(
        member: Tensor, isReal: Bool = false, contains: @escaping (Tensor) throws(TensorError) -> Tensor
    ) {
        (self.contains, self.member, self.isReal) = (contains, member, isReal)
    }

    /// All numbers, but not the infinities.
    static var real: Constraint {
        get throws(TensorError) {
            Constraint(member: try Tensor(0), isReal: true) { x throws(TensorError) in try x.isFinite() }
        }
    }

    /// Numbers above 0.
    static var positive: Constraint {
        get throws(TensorError) {
            Constraint(member: try Tensor(1)) { x throws(TensorError) in
                try x.compared(.greater, Tensor(0)) * x.isFinite()
            }
        }
    }

    /// Numbers of 0 or more; `member` is 1.
    static var notNegative: Constraint {
        get throws(TensorError) {
            Constraint(member: try Tensor(1)) { x throws(TensorError) in
                try x.compared(.greaterOrEqual, Tensor(0)) * x.isFinite()
            }
        }
    }

    /// Numbers from 0 to 1, both included.
    static var unitInterval: Constraint {
        get throws(TensorError) {
            Constraint(member: try Tensor(0.5)) { x throws(TensorError) in
                try x.compared(.greaterOrEqual, Tensor(0)) * x.compared(.lessOrEqual, Tensor(1))
            }
        }
    }

    /// Numbers between two others, both left out.
    static func between(_ low: Float, _ high: Float) throws(TensorError) -> Constraint {
        Constraint(member: try Tensor((low + high) / 2)) { x throws(TensorError) in
            try x.compared(.greater, Tensor(low)) * x.compared(.less, Tensor(high))
        }
    }

    /// Numbers from `low`, included, to `high`, which is not.
    static func halfOpen(_ low: Tensor, _ high: Tensor) -> Constraint {
        Constraint(member: low.detached()) { x throws(TensorError) in
            try x.compared(.greaterOrEqual, low) * x.compared(.less, high)
        }
    }

    /// The whole numbers from 0 to `count` - 1.
    static func wholeNumbers(below count: Int) throws(TensorError) -> Constraint {
        Constraint(member: try Tensor(0)) { x throws(TensorError) in
            try x.compared(.greaterOrEqual, Tensor(0)) * x.compared(.lessOrEqual, Tensor(Float(count - 1)))
                * x.compared(.equal, x.floor())
        }
    }

    /// Vectors of `size` numbers of 0 or more whose sum is 1, up to rounding.
    static func simplex(_ size: Int) throws(TensorError) -> Constraint {
        let positive = try notNegative.joined(1)
        return Constraint(member: try .full([size], 1 / Float(max(size, 1)))) { x throws(TensorError) in
            let excess = try x.sum([-1]).offset(by: -1).abs()
            return try positive.contains(x) * excess.compared(.lessOrEqual, Tensor(1e-5))
        }
    }

    /// Tensors whose last `dims` dimensions hold members of this set only.
    func joined(_ dims: Int) -> Constraint {
        guard dims > 0 else { return self }
        return Constraint(member: member, isReal: isReal) { x throws(TensorError) in
            let inside = try contains(x)
            return try inside.logicalNot().sum((1...dims).map { -$0 }).compared(.equal, Tensor(0))
        }
    }
}
