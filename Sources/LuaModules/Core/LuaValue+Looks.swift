import Layers
import LuaBridge
import Tensors

/// How the prompt shows objects of ours.
extension LuaValue {
    /// The lines that show a figure; nil of any other value.
    ///
    /// They draw it for the terminal of the standard output, or say in one line where it is or how to look at it.
    public var drawing: String? {
        get throws { try object(FigureObject.self)?.answer }
    }

    /// One line of what its text tells in several: a tensor, or a network; nil of any other value.
    public var summary: String? { object(Tensor.self)?.summary ?? object(LayerType.AnyLayer.self)?.value.summary }

    private func object<Object: LuaDecodable>(_ type: Object.Type) -> Object? {
        guard case .other(let reference) = self else { return nil }
        return try? reference.value(as: type)
    }
}
