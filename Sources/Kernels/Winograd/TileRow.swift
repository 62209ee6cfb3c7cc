/// The transforms along the rows of tiles: `outputs` outputs of a kernel of three weights from `values` inputs, by as many
/// products.
///
/// All arrays have room for the longest row; what is beyond a row's own is neither read nor meant.
protocol TileRow {
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

extension TileRow {
    /// The inputs and the products of a row.
    static var values: Int { outputs &+ 2 }
    /// The elements of a slice of a tile: four rows.
    static var slice: Int { 4 &* values }
    /// The outputs of a tile.
    static var size: Size3 { Size3(2, 2, outputs) }
}

/// F(2, 3): as in the other directions.
enum ShortRow: TileRow {
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

/// F(4, 3): six products for four outputs, a quarter less again, with the points 0, 1, -1, infinity, 1/2 and -2, which lose
/// about one bit more than the short row (Barabasz et al., "Error analysis and improving the accuracy of Winograd
/// convolution for deep neural networks", 2020).
enum LongRow: TileRow {
    static var outputs: Int { 4 }

    @inline(__always)
    static func input<V: SIMD>(_ d: InlineArray<6, V>) -> InlineArray<6, V> where V.Scalar == Float {
        /// d times (x - 1/2)(x + 2): what is left of it is a short row.
        @inline(__always)
        func factor(_ i: Int) -> V { (d[i &+ 2] - d[i]).addingProduct(d[i &+ 1], V(repeating: 1.5)) }
        let four = TileTransform.input([factor(0), factor(1), factor(2), factor(3)])
        let (even, odd) = (d[4] - d[2], d[3] - d[1])
        return [
            four[0], four[1], four[2], four[3], even.addingProduct(odd, V(repeating: 2)),
            even.addingProduct(odd, V(repeating: -0.5)),
        ]
    }

    @inline(__always)
    static func output<V: SIMD>(_ m: InlineArray<6, V>) -> InlineArray<4, V> where V.Scalar == Float {
        let (even, odd) = (m[1] + m[2], m[1] - m[2])
        return [
            m[0] + even + (m[4] + m[5]),
            odd.addingProduct(m[4], V(repeating: 0.5)).addingProduct(m[5], V(repeating: -2)),
            even.addingProduct(m[4], V(repeating: 0.25)).addingProduct(m[5], V(repeating: 4)),
            (odd + m[3]).addingProduct(m[4], V(repeating: 0.125)).addingProduct(m[5], V(repeating: -8)),
        ]
    }

    @inline(__always)
    static func outputGradient<V: SIMD>(_ y: InlineArray<4, V>) -> InlineArray<6, V> where V.Scalar == Float {
        let (even, odd) = (y[0] + y[2], y[1] + y[3])
        return [
            y[0], even + odd, even - odd, y[3],
            y[0].addingProduct(y[1], V(repeating: 0.5)).addingProduct(y[2], V(repeating: 0.25))
                .addingProduct(y[3], V(repeating: 0.125)),
            y[0].addingProduct(y[1], V(repeating: -2)).addingProduct(y[2], V(repeating: 4))
                .addingProduct(y[3], V(repeating: -8)),
        ]
    }

    @inline(__always)
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<6, Vector> {
        let (even, odd) = ((g[0] + g[2]) * (1 / 3), g[1] * (1 / 3))
        return [
            -g[0], odd + even, odd - even, -g[2],
            (g[0] + g[1] * 0.5 + g[2] * 0.25) * (-16 / 15), (g[0] - g[1] * 2 + g[2] * 4) * (1 / 15),
        ]
    }

    @inline(__always)
    static func weightGradient(_ u: InlineArray<6, Vector>) -> InlineArray<3, Vector> {
        let (even, odd) = ((u[1] - u[2]) * (1 / 3), (u[1] + u[2]) * (1 / 3))
        return [
            even - u[0] + (u[5] - u[4] * 16) * (1 / 15), odd - (u[4] * 4 + u[5]) * (2 / 15),
            even - u[3] + (u[5] - u[4]) * (4 / 15),
        ]
    }
}
