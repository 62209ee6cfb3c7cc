import TestSupport
import Testing

/// What a wrong call says.
struct ErrorCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let body: @Sendable () throws -> Void

    init(_ message: String, _ body: @escaping @Sendable () throws -> Void) {
        (testDescription, self.body) = (message, body)
    }

    func check() {
        #expect(thrownMessage { try body() } == testDescription)
    }
}
