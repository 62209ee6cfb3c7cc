import LuaBridge
import Support
import Tensors

/// What a script's function raised, where operations on tensors called it.
extension TensorError: LuaErrorCarrier {
    /// The script's error, with the path of the part of a network in which it arose.
    public var luaError: LuaError? {
        switch self {
        case .foreign(let cause): cause.error as? LuaError
        case .inside(let path, let cause): cause.luaError?.adding(" in \(path)")
        default: nil
        }
    }

    /// Runs `body`, which calls a script's functions, so that what they raise passes through operations on tensors.
    static func passing<Result>(_ body: () throws -> Result) throws(TensorError) -> Result {
        do {
            return try body()
        } catch let error as TensorError {
            throw error
        } catch {
            throw Interrupt.isRequested ? .interrupted : .foreign(ForeignError(error))
        }
    }
}
