import Tensors

extension GradientTests {
    /// Pairs of shapes that broadcast in all ways.
    private static let pairs = [[[2, 3, 4], [2, 3, 4]], [[2, 3, 1], [4]], [[3, 1], [2, 1, 5]], [[], [2, 3]]]

    private static func pairs(
        _ values: GradientCase.Values = .normal, expands: Bool = true, step: Float = 0x1p-4,
        _ body: @escaping (Tensor, Tensor) throws -> Tensor
    ) -> [GradientCase] {
        pairs.map { GradientCase($0, values, expands: expands, step: step) { try body($0[0], $0[1]) } }
    }

    static func arithmetic(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .add: pairs { try $0 + $1 }
        case .subtract: pairs { try $0 - $1 }
        case .multiply: pairs { try $0 * $1 }
        case .divide: pairs(.awayFromZero) { try $0 / $1 }
        // 0.85 ... 0.95 by 0.33 ... 0.37 is more than 2 and less than 3.
        case .remainder:
            pairs(step: 0x1p-6) {
                try Tensor.remainder(
                    $0.sin().scaled(by: 0.05).offset(by: 0.9), $1.sin().scaled(by: 0.02).offset(by: 0.35))
            }
        // 0.85 ... 0.95 by -0.37 ... -0.33, of a quotient between -3 and -2.
        case .fmod:
            pairs(step: 0x1p-6) {
                try Tensor.fmod(
                    $0.sin().scaled(by: 0.05).offset(by: 0.9), $1.sin().scaled(by: 0.02).offset(by: -0.35))
            }
        case .power: pairs(.positive) { try Tensor.power($0, $1) }
        case .atan2: pairs(.awayFromZero) { try Tensor.atan2($0, $1) }
        // Operands drawn apart from each other, so that no step passes the other one.
        case .maximum:
            pairs(.awayFromZero) { try Tensor.maximum($0, $1.scaled(by: 0.1)) }
                + pairs(.awayFromZero) { try Tensor.maximum($1.scaled(by: 0.1), $0) }
        case .minimum:
            pairs(.awayFromZero) { try Tensor.minimum($0, $1.scaled(by: 0.1)) }
                + pairs(.awayFromZero) { try Tensor.minimum($1.scaled(by: 0.1), $0) }
        case .select:
            pairs { try Tensor.select(Tensor([1, 0, 0, -2], shape: [4, 1, 1, 1, 1]), $0, $1) }
        default: []
        }
    }

    private static func function(
        _ values: GradientCase.Values = .normal, step: Float = 0x1p-4, _ body: @escaping (Tensor) throws -> Tensor
    ) -> [GradientCase] {
        [[2, 3, 4], [5], []].map { GradientCase([$0], values, step: step) { try body($0[0]) } }
    }

    /// Functions of one tensor are tested where their declarations say.
    static func elementwise(_ operation: Operation) -> [GradientCase] {
        ElementwiseFunction.all.filter { $0.operation == operation }.flatMap { declared in
            let values: GradientCase.Values =
                switch declared.domain {
                case .all: .normal
                case .positive: .positive
                case .awayFromZero: .awayFromZero
                case .withinOne: .withinOne
                case .betweenSteps: .betweenSteps
                }
            return function(values) { try declared($0) }
        } + (operation == .gelu ? function { try $0.geluByTanh() } : [])
    }

    static func withNumbers(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .negate: function { try $0.negated() }
        case .powerScalar:
            function { try $0.power(3) } + function(.positive) { try $0.power(0.5) }
                + function(.positive) { try $0.power(-2.5) }
        case .scale: function { try $0.scaled(by: -2.5) }
        case .offset: function { try $0.offset(by: 3) }
        case .nanToNum: function { try $0.nanToNum(nan: 3) }
        // The bounds lie between what is drawn.
        case .clamp: function(.awayFromZero) { try $0.clamped(minimum: -0.2, maximum: 5) }
        case .leakyRelu: function(.awayFromZero) { try $0.leakyRelu(negativeSlope: 0.2) }
        case .prelu:
            [[[2, 3, 4], [3]], [[2, 3], [1]]].map { shapes in
                GradientCase(shapes, .awayFromZero) { try $0[0].prelu(weight: $0[1]) }
            }
        default: []
        }
    }
}
