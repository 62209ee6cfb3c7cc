import COpenBLAS

/// A matrix of Doubles, column by column, as LAPACK reads it. Callers check that sizes fit.
package struct Matrix: Equatable, Sendable {
    /// The number of rows.
    package let rows: Int
    /// The number of columns.
    package let columns: Int
    /// The elements, column by column.
    package internal(set) var elements: [Double]

    /// The matrix with the given elements, column by column.
    package init(rows: Int, columns: Int, elements: [Double]) {
        (self.rows, self.columns, self.elements) = (rows, columns, elements)
    }

    /// The matrix with these elements on its diagonal, and zeros elsewhere.
    package init(diagonal: [Double]) {
        self.init(rows: diagonal.count, columns: diagonal.count) { $0 == $1 ? diagonal[$0] : 0 }
    }

    /// The matrix of `function(row, column)`, both from 0.
    package init(rows: Int, columns: Int, _ function: (Int, Int) -> Double) {
        (self.rows, self.columns) = (rows, columns)
        elements = [Double](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            for column in 0..<columns {
                for row in 0..<rows { buffer.initializeElement(at: column &* rows &+ row, to: function(row, column)) }
            }
            count = rows * columns
        }
    }

    /// Reads a matrix of floats, whose rows and columns lie in any distance.
    package init(_ start: UnsafePointer<Float>, rows: Int, columns: Int, rowStride: Int, columnStride: Int) {
        self.init(rows: rows, columns: columns) { Double(start[$0 &* rowStride &+ $1 &* columnStride]) }
    }

    /// Writes the elements as floats, row by row.
    package func write(to target: UnsafeMutablePointer<Float>) {
        for row in 0..<rows {
            for column in 0..<columns {
                target[row &* columns &+ column] = Float(elements[column &* rows &+ row])
            }
        }
    }

    /// The identity matrix of `size` rows.
    package static func identity(_ size: Int) -> Matrix { Matrix(rows: size, columns: size) { $0 == $1 ? 1 : 0 } }

    /// The element in a row and a column, both from 0.
    package subscript(row: Int, column: Int) -> Double { elements[column &* rows &+ row] }

    /// The elements with equal row and column.
    package var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }

    /// How many elements are NaN or infinite.
    package var countOfNotFinite: Int { elements.count { !$0.isFinite } }

    /// Rows and columns exchanged.
    package var transposed: Matrix { Matrix(rows: columns, columns: rows) { self[$1, $0] } }

    /// The matrix of `function(row, column, element)`.
    package func mapped(_ function: (Int, Int, Double) -> Double) -> Matrix {
        Matrix(rows: rows, columns: columns) { function($0, $1, self[$0, $1]) }
    }

    /// The elements on and below the diagonal, with zeros above.
    package var lowerTriangle: Matrix { mapped { $0 >= $1 ? $2 : 0 } }

    /// The elements on and above the diagonal, with zeros below.
    package var upperTriangle: Matrix { mapped { $0 <= $1 ? $2 : 0 } }

    /// The first `count` columns.
    package func prefix(columns count: Int) -> Matrix {
        Matrix(rows: rows, columns: count, elements: Array(elements.prefix(rows * count)))
    }

    /// The first `count` rows.
    package func prefix(rows count: Int) -> Matrix { Matrix(rows: count, columns: columns) { self[$0, $1] } }

    /// Each column times its number.
    package func scalingColumns(by factors: [Double]) -> Matrix { mapped { $2 * factors[$1] } }

    /// The sum.
    package static func + (a: Matrix, b: Matrix) -> Matrix { a.mapped { $2 + b[$0, $1] } }

    /// The difference.
    package static func - (a: Matrix, b: Matrix) -> Matrix { a.mapped { $2 - b[$0, $1] } }

    /// Every element times a number.
    package static func * (factor: Double, a: Matrix) -> Matrix { a.mapped { $2 * factor } }

    /// The product, by OpenBLAS.
    package static func * (a: Matrix, b: Matrix) throws(MatrixError) -> Matrix {
        var product = Matrix(rows: a.rows, columns: b.columns, elements: .init(repeating: 0, count: a.rows * b.columns))
        guard a.rows > 0, a.columns > 0, b.columns > 0 else { return product }
        let multiply = unsafeBitCast(try LAPACK.multiply.address, to: lunette_dgemm.self)
        let (columnMajor, plain): (Int32, Int32) = (102, 111)
        a.elements.withUnsafeBufferPointer { left in
            b.elements.withUnsafeBufferPointer { right in
                product.elements.withUnsafeMutableBufferPointer { result in
                    multiply(
                        columnMajor, plain, plain, Int32(a.rows), Int32(b.columns), Int32(a.columns), 1,
                        left.baseAddress, Int32(a.rows), right.baseAddress, Int32(b.rows), 0, result.baseAddress,
                        Int32(a.rows))
                }
            }
        }
        return product
    }
}
