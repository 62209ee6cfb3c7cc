import Figures
import Layers
import LuaBridge
import Tensors

/// What a notebook shows of a value instead of its text.
enum RichForm {
    case figure(any Figure)
    case html(String)

    /// The form of an object that has one, of a network, and of a list of rows; nil of other values.
    init?(of value: LuaValue) throws {
        switch value {
        case .table(let table):
            guard let rows = try RowTable(table) else { return nil }
            self = .html(rows.html)
        case .other(let reference):
            if let layer = try? reference.value(as: LayerType.AnyLayer.self) {
                self = .html(LayerTree.html(layer.value))
            } else if let object = try? reference.value(as: LuaInstance<any RichObject>.self),
                let form = try object.value.richForm
            {
                self = form
            } else {
                return nil
            }
        default: return nil
        }
    }
}

/// An object of ours that notebooks show as more than text.
protocol RichObject {
    /// What is shown; nil where the text says more.
    var richForm: RichForm? { get throws }
}

extension Tensor: RichObject {
    /// The text of so few elements can be read.
    private static let fewElements = 100
    /// Pictures of more elements would take seconds.
    private static let mostElements = 1 << 24

    /// The figure of `show`, where the shape has one, above the shape and the range of the numbers.
    var richForm: RichForm? {
        guard Self.fewElements + 1...Self.mostElements ~= count else { return nil }
        let title = String(summary.prefix { $0 != ":" }.replacing("tensor ", with: "").replacing(" float32", with: ""))
        let figure = try? Showing.figure(of: detached(), title: title, mask: nil, uncertainty: nil, slices: nil)
        return figure.map { .figure($0) }
    }
}

extension VolumeObject: RichObject {
    /// The slices of `show`.
    var richForm: RichForm? {
        get throws { .figure(try figure(title: description, mask: nil, uncertainty: nil, slices: nil)) }
    }
}

extension SampleObject: RichObject {
    /// The slices of `show`, with the label over them.
    var richForm: RichForm? {
        get throws { .figure(try figure(title: description, mask: nil, uncertainty: nil, slices: nil)) }
    }
}
