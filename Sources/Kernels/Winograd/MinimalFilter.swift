/// Winograd's minimal filtering F(m, 3) along one direction: m outputs of a kernel of three weights from m + 2 inputs,
/// by m + 2 products instead of 3 m (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016, whose
/// names the matrices B, G and A have).
///
/// All arrays have room for F(4, 3); F(2, 3) leaves their ends at 0.
protocol MinimalFilter {
    /// m.
    static var outputs: Int { get }

    /// Bᵀ d: the transformed inputs.
    static func input<V: SIMD>(_ d: InlineArray<6, V>) -> InlineArray<6, V> where V.Scalar == Float
    /// Aᵀ m: the outputs, of products m.
    static func output<V: SIMD>(_ m: InlineArray<6, V>) -> InlineArray<4, V> where V.Scalar == Float
    /// A y: the gradients of products, of gradients y of outputs.
    static func outputGradient<V: SIMD>(_ y: InlineArray<4, V>) -> InlineArray<6, V> where V.Scalar == Float
    /// G g: the transformed weights.
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<6, Vector>
    /// Gᵀ u: the gradients of the weights, of gradients u of transformed weights.
    static func weightGradient(_ u: InlineArray<6, Vector>) -> InlineArray<3, Vector>
}

extension MinimalFilter {
    /// m + 2: the inputs, and the products.
    static var values: Int { outputs &+ 2 }
}

/// F(2, 3): four products for two outputs, with the points 0, 1, -1 and infinity.
///
/// All tiles have it along the depth, slice by slice.
enum F23: MinimalFilter {
    static var outputs: Int { 2 }

    @inline(__always)
    static func input<V: SIMD>(_ d: InlineArray<6, V>) -> InlineArray<6, V> where V.Scalar == Float {
        [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3], .zero, .zero]
    }

    @inline(__always)
    static func output<V: SIMD>(_ m: InlineArray<6, V>) -> InlineArray<4, V> where V.Scalar == Float {
        [m[0] + m[1] + m[2], m[1] - m[2] - m[3], .zero, .zero]
    }

    @inline(__always)
    static func outputGradient<V: SIMD>(_ y: InlineArray<4, V>) -> InlineArray<6, V> where V.Scalar == Float {
        [y[0], y[0] + y[1], y[0] - y[1], -y[1], .zero, .zero]
    }

    @inline(__always)
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<6, Vector> {
        let (even, odd) = ((g[0] + g[2]) * 0.5, g[1] * 0.5)
        return [g[0], even + odd, even - odd, g[2], .zero, .zero]
    }

    @inline(__always)
    static func weightGradient(_ u: InlineArray<6, Vector>) -> InlineArray<3, Vector> {
        let (even, odd) = ((u[1] + u[2]) * 0.5, (u[1] - u[2]) * 0.5)
        return [u[0] + even, odd, even + u[3]]
    }

    /// The two slices of a tile that make slice `index` of Bᵀ d along the depth, and the sign of the second.
    static func inputSlices(_ index: Int) -> (first: Int, second: Int, sign: Float) {
        switch index {
        case 0: (0, 2, -1)
        case 1: (1, 2, 1)
        case 2: (2, 1, -1)
        default: (1, 3, -1)
        }
    }

    /// A row of A: what slice `index` of the products adds to the two slices of outputs, and how much of the two slices
    /// of gradients it takes.
    static func outputFactors(_ index: Int) -> (Float, Float) {
        switch index {
        case 0: (1, 0)
        case 1: (1, 1)
        case 2: (1, -1)
        default: (0, -1)
        }
    }
}

/// F(4, 3): six products for four outputs, with the points 0, a, -a, b, -b and infinity: a quarter fewer products an
/// output than F(2, 3).
///
/// A number and its negative as points share most of their work. These two points lose few digits: the rounding of a
/// product changes the outputs by 4.8 in the mean square. It is 1.7 for F(2, 3), 6.9 for the points 1, -1, 1/2 and -2,
/// and 4.74 at best, for a = 0.651 and b = 1.535 (how points lose digits: Barabasz et al., "Error analysis and
/// improving the accuracy of Winograd convolution for deep neural networks", 2020).
enum F43: MinimalFilter {
    static var outputs: Int { 4 }

    // Short enough for exact powers.
    @inline(__always) private static var a: Float { 0.6875 }
    @inline(__always) private static var b: Float { 1.5 }

    @inline(__always)
    static func input<V: SIMD>(_ d: InlineArray<6, V>) -> InlineArray<6, V> where V.Scalar == Float {
        /// The coefficients of d times (x^2 - root^2), where d is a polynomial in x.
        @inline(__always)
        func factor(_ i: Int, _ root: Float) -> V { d[i &+ 2].addingProduct(d[i], V(repeating: -root * root)) }
        let (evenA, oddA) = (factor(2, b), factor(1, b))
        let (evenB, oddB) = (factor(2, a), factor(1, a))
        return [
            evenB.addingProduct(factor(0, a), V(repeating: -b * b)),
            evenA.addingProduct(oddA, V(repeating: a)), evenA.addingProduct(oddA, V(repeating: -a)),
            evenB.addingProduct(oddB, V(repeating: b)), evenB.addingProduct(oddB, V(repeating: -b)),
            factor(3, a).addingProduct(oddB, V(repeating: -b * b)),
        ]
    }

    @inline(__always)
    static func output<V: SIMD>(_ m: InlineArray<6, V>) -> InlineArray<4, V> where V.Scalar == Float {
        let (evenA, oddA) = (m[1] + m[2], m[1] - m[2])
        let (evenB, oddB) = (m[3] + m[4], m[3] - m[4])
        return [
            m[0] + evenA + evenB,
            (oddA * V(repeating: a)).addingProduct(oddB, V(repeating: b)),
            (evenA * V(repeating: a * a)).addingProduct(evenB, V(repeating: b * b)),
            m[5].addingProduct(oddA, V(repeating: a * a * a)).addingProduct(oddB, V(repeating: b * b * b)),
        ]
    }

    @inline(__always)
    static func outputGradient<V: SIMD>(_ y: InlineArray<4, V>) -> InlineArray<6, V> where V.Scalar == Float {
        /// The even and the odd part of the gradient of the product at a point.
        @inline(__always)
        func parts(_ x: Float) -> (even: V, odd: V) {
            (y[0].addingProduct(y[2], V(repeating: x * x)), y[1].addingProduct(y[3], V(repeating: x * x)))
        }
        let (atA, atB) = (parts(a), parts(b))
        return [
            y[0],
            atA.even.addingProduct(atA.odd, V(repeating: a)), atA.even.addingProduct(atA.odd, V(repeating: -a)),
            atB.even.addingProduct(atB.odd, V(repeating: b)), atB.even.addingProduct(atB.odd, V(repeating: -b)),
            y[3],
        ]
    }

    /// 1 / the product of the differences between the point 0 and the others.
    @inline(__always) private static var scaleOfZero: Float { 1 / (a * a * b * b) }

    /// 1 / the product of the differences between a point x and the others, 0 and -x among them.
    @inline(__always)
    private static func scale(_ x: Float, _ other: Float) -> Float { 1 / (2 * x * x * (x * x - other * other)) }

    @inline(__always)
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<6, Vector> {
        @inline(__always)
        func parts(_ x: Float, _ other: Float) -> (even: Vector, odd: Vector) {
            ((g[0] + g[2] * (x * x)) * scale(x, other), g[1] * (x * scale(x, other)))
        }
        let (atA, atB) = (parts(a, b), parts(b, a))
        return [
            g[0] * scaleOfZero, atA.even + atA.odd, atA.even - atA.odd, atB.even + atB.odd, atB.even - atB.odd, g[2],
        ]
    }

    @inline(__always)
    static func weightGradient(_ u: InlineArray<6, Vector>) -> InlineArray<3, Vector> {
        let (evenA, oddA) = ((u[1] + u[2]) * scale(a, b), (u[1] - u[2]) * (a * scale(a, b)))
        let (evenB, oddB) = ((u[3] + u[4]) * scale(b, a), (u[3] - u[4]) * (b * scale(b, a)))
        return [
            u[0] * scaleOfZero + evenA + evenB, oddA + oddB, evenA * (a * a) + evenB * (b * b) + u[5],
        ]
    }
}
