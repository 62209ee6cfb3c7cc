/// Activations that multiply x by a share of it (Hendrycks and Gimpel 2016, Elfwing et al. 2018), and their
/// derivatives.
extension VectorMath {
    /// x times the normal distribution function of x.
    @inlinable @inline(__always)
    public static func gelu(_ x: Vector) -> Vector { x * normalShare(x) }

    /// The gradient of x, from that of `gelu(x)`.
    @inlinable @inline(__always)
    public static func geluGradient(_ gradient: Vector, _ x: Vector) -> Vector {
        gradient * normalShare(x).addingProduct(x, exp(x * x * -0.5) * 0.398_942_28)
    }

    /// x times (1 + tanh u) / 2, where u = sqrt(2 / pi) (x + 0.044715 x^3) makes it nearly `gelu(x)`.
    @inlinable @inline(__always)
    public static func geluByTanh(_ x: Vector) -> Vector { x * sigmoid(geluArgument(x)) }

    /// The gradient of x, from that of `geluByTanh(x)`.
    @inlinable @inline(__always)
    public static func geluByTanhGradient(_ gradient: Vector, _ x: Vector) -> Vector {
        let share = sigmoid(geluArgument(x))
        let slope = x * x * 0.214_064_45 + 1.595_769_1
        return gradient * share.addingProduct(x * slope, share * (1 - share))
    }

    /// 2 u, since (1 + tanh u) / 2 is the sigmoid of 2 u.
    @inlinable @inline(__always)
    static func geluArgument(_ x: Vector) -> Vector { x * (x * x * 0.071_354_82 + 1.595_769_1) }

    /// x / (1 + e^-x).
    @inlinable @inline(__always)
    public static func silu(_ x: Vector) -> Vector { x * sigmoid(x) }

    /// The gradient of x, from that of `silu(x)`.
    @inlinable @inline(__always)
    public static func siluGradient(_ gradient: Vector, _ x: Vector) -> Vector {
        let share = sigmoid(x)
        return gradient * share * (x * (1 - share) + 1)
    }

    /// The share of the standard normal distribution below x.
    ///
    /// The complementary error function is the fit of Press et al. (Numerical Recipes, section 6.2), whose relative
    /// error is at most 1.2e-7.
    @inlinable @inline(__always)
    static func normalShare(_ x: Vector) -> Vector {
        let z = absolute(x) * 0.707_106_77
        let t = 1 / (z * 0.5 + 1)
        var p = Vector(repeating: 0.170_872_77)
        p = Vector(repeating: -0.822_152_23).addingProduct(p, t)
        p = Vector(repeating: 1.488_515_87).addingProduct(p, t)
        p = Vector(repeating: -1.135_203_98).addingProduct(p, t)
        p = Vector(repeating: 0.278_868_07).addingProduct(p, t)
        p = Vector(repeating: -0.186_288_06).addingProduct(p, t)
        p = Vector(repeating: 0.096_784_18).addingProduct(p, t)
        p = Vector(repeating: 0.374_091_96).addingProduct(p, t)
        p = Vector(repeating: 1.000_023_68).addingProduct(p, t)
        p = Vector(repeating: -1.265_512_23).addingProduct(p, t)
        let beyond = t * 0.5 * exp(p - z * z)
        return beyond.replacing(with: 1 - beyond, where: x .> 0)
    }
}
