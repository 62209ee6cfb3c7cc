/// Division with a rest, exact whatever the quotient.
extension VectorMath {
    /// x - y floor(x / y), which has the sign of y; NaN where y is 0 or x infinite.
    public static func remainder(_ x: Vector, _ y: Vector) -> Vector {
        let rest = truncatedRemainder(x, y)
        return rest.replacing(with: rest + y, where: (rest .!= 0) .& ((rest .< 0) .^ (y .< 0)))
    }

    /// floor(x / y), as the exact quotient has it; x / y where y is 0.
    public static func floorQuotient(_ x: Vector, _ y: Vector) -> Vector {
        let rest = truncatedRemainder(x, y)
        var quotient = (x - rest) / y
        quotient.replace(with: quotient - 1, where: (rest .!= 0) .& ((rest .< 0) .^ (y .< 0)))
        // The quotient is whole but for its rounding.
        let floor = quotient.rounded(.down)
        var result = floor.replacing(with: floor + 1, where: quotient - floor .> 0.5)
        result.replace(with: x / y * 0, where: quotient .== 0)
        return result.replacing(with: x / y, where: y .== 0)
    }

    /// The rest of x / y with the sign of x.
    private static func truncatedRemainder(_ x: Vector, _ y: Vector) -> Vector {
        var result = x
        for lane in 0..<16 { result[lane] = x[lane].truncatingRemainder(dividingBy: y[lane]) }
        return result
    }
}
