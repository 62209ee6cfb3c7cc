import Inference
import LuaBridge
import Tensors

/// A prior in any form in which a script may give it: an object of the zoo, or anything with `log_prob`.
struct PriorValue: LuaDecodable {
    /// The prior.
    let prior: any KernelPrior

    /// "Prior".
    static var luaTypeName: String { PriorObject.luaTypeName }

    /// The prior of an object, or one that asks the table or object at `index`.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> PriorValue {
        if let object = try? PriorObject.decode(stack, at: index) { return PriorValue(prior: object.prior) }
        guard let handle = try? LuaHandle.decode(stack, at: index) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        do {
            guard try handle.method("log_prob") != nil else {
                throw LuaMismatch("\(luaTypeName) expected, got a \(stack.typeName(at: index)) without log_prob")
            }
            return PriorValue(prior: try ScriptedPrior(handle))
        } catch let error as LuaMismatch {
            throw error
        } catch {
            throw LuaMismatch("\(error)")
        }
    }
}
