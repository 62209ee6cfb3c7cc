/// The transforms of tiles along one direction: `outputs` outputs of a kernel of three weights from `values` inputs, by as
/// many products.
///
/// All arrays have room for the longest tile; a shorter one leaves their ends at 0.
protocol TileAxis {
    static var outputs: Int { get }

    /// Bᵀ d: inputs.
    static func input<V: SIMD>(_ d: InlineArray<6, V>) -> InlineArray<6, V> where V.Scalar == Float
    /// Aᵀ m: the outputs of products.
    static func output<V: SIMD>(_ m: InlineArray<6, V>) -> InlineArray<4, V> where V.Scalar == Float
    /// A y: the gradients of products, of those of outputs.
    static func outputGradient<V: SIMD>(_ y: InlineArray<4, V>) -> InlineArray<6, V> where V.Scalar == Float
    /// G g: three weights.
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<6, Vector>
    /// Gᵀ u: the gradients of three weights, of those of transformed weights.
    static func weightGradient(_ u: InlineArray<6, Vector>) -> InlineArray<3, Vector>
}

extension TileAxis {
    /// The inputs and the products of a tile.
    static var values: Int { outputs &+ 2 }
}

/// F(2, 3): as along the depth.
enum ShortAxis: TileAxis {
    static var outputs: Int { 2 }

    @inline(__always)
    static func input<V: SIMD>(_ d: InlineArray<6, V>) -> InlineArray<6, V> where V.Scalar == Float {
        padded(TileTransform.input([d[0], d[1], d[2], d[3]]))
    }

    @inline(__always)
    static func output<V: SIMD>(_ m: InlineArray<6, V>) -> InlineArray<4, V> where V.Scalar == Float {
        let y = TileTransform.output([m[0], m[1], m[2], m[3]])
        return [y[0], y[1], .zero, .zero]
    }

    @inline(__always)
    static func outputGradient<V: SIMD>(_ y: InlineArray<4, V>) -> InlineArray<6, V> where V.Scalar == Float {
        padded(TileTransform.outputGradient([y[0], y[1]]))
    }

    @inline(__always)
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<6, Vector> { padded(TileTransform.weight(g)) }

    @inline(__always)
    static func weightGradient(_ u: InlineArray<6, Vector>) -> InlineArray<3, Vector> {
        TileTransform.weightGradient([u[0], u[1], u[2], u[3]])
    }

    @inline(__always)
    private static func padded<V: SIMD>(_ a: InlineArray<4, V>) -> InlineArray<6, V> where V.Scalar == Float {
        [a[0], a[1], a[2], a[3], .zero, .zero]
    }
}

/// F(4, 3): six products for four outputs, a quarter less again, with the points 0, a, -a, b, -b and infinity.
///
/// A number and its negative share most of their work, and with these two least is lost: rounding a product changes the
/// outputs by 4.8 in the mean square, where it is 1.7 for the short axis, 6.9 for the points 1, -1, 1/2 and -2, and 4.74 at
/// best, with 0.651 and 1.535 (how points lose digits: Barabasz et al., "Error analysis and improving the accuracy of
/// Winograd convolution for deep neural networks", 2020).
enum LongAxis: TileAxis {
    static var outputs: Int { 4 }

    // Their powers are exact.
    @inline(__always) private static var a: Float { 0.6875 }
    @inline(__always) private static var b: Float { 1.5 }

    @inline(__always)
    static func input<V: SIMD>(_ d: InlineArray<6, V>) -> InlineArray<6, V> where V.Scalar == Float {
        /// d times (x^2 - root^2), which leaves a row of four.
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

    /// 1 / the product of the distances of 0 from the other points.
    @inline(__always) private static var shareOfZero: Float { 1 / (a * a * b * b) }

    /// 1 / the product of the distances of a point from the others, 0 among them.
    @inline(__always)
    private static func share(_ x: Float, _ other: Float) -> Float { 1 / (2 * x * x * (x * x - other * other)) }

    @inline(__always)
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<6, Vector> {
        @inline(__always)
        func parts(_ x: Float, _ other: Float) -> (even: Vector, odd: Vector) {
            ((g[0] + g[2] * (x * x)) * share(x, other), g[1] * (x * share(x, other)))
        }
        let (atA, atB) = (parts(a, b), parts(b, a))
        return [
            g[0] * shareOfZero, atA.even + atA.odd, atA.even - atA.odd, atB.even + atB.odd, atB.even - atB.odd, g[2],
        ]
    }

    @inline(__always)
    static func weightGradient(_ u: InlineArray<6, Vector>) -> InlineArray<3, Vector> {
        let (evenA, oddA) = ((u[1] + u[2]) * share(a, b), (u[1] - u[2]) * (a * share(a, b)))
        let (evenB, oddB) = ((u[3] + u[4]) * share(b, a), (u[3] - u[4]) * (b * share(b, a)))
        return [
            u[0] * shareOfZero + evenA + evenB, oddA + oddB, evenA * (a * a) + evenB * (b * b) + u[5],
        ]
    }
}
