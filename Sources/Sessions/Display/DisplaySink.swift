import Foundation
import LuaBridge
import Report
import Support

/// The destination of what scripts display: the standard output, as text, unless a notebook takes it.
///
/// It is the object of its class that belongs to a state (`LuaState.shared`), and used on the state's thread alone.
public final class DisplaySink: @unchecked Sendable {
    /// Takes the forms of a value, and the id under which it can be replaced later. Bars of progress come here, too.
    public var show: ((MIMEBundle, _ id: String?) -> Void)?
    /// Removes what was shown and printed; at once or, where it `waits`, when there is something new.
    public var clear: (_ waits: Bool) -> Void = { _ in }

    /// Where a new bar of progress goes: the standard error, where nothing takes it.
    package func progressSink() -> Support.Progress.Sink {
        guard show != nil else { return .standardError }
        let id = UUID().uuidString
        return Support.Progress.Sink { [self] status in show?(MIMEBundle(status), id) }
    }
}

extension LuaState {
    /// Where what scripts display goes.
    public var displaySink: DisplaySink { shared { DisplaySink() } }
}

/// A parameter whose value comes together with the state's display sink.
package struct WithDisplaySink<Inner: LuaParameter>: LuaParameter {
    private let parameter: Inner

    package init(_ parameter: Inner) { self.parameter = parameter }

    /// What the parameter says of itself.
    package var parameterDescriptions: [ParameterDescription] { parameter.parameterDescriptions }

    /// The value, and the sink.
    package func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> (
        value: Inner.Value, sink: DisplaySink
    ) {
        (try parameter.read(&reader), reader.stack.shared { DisplaySink() })
    }
}

extension WithDisplaySink: Sendable where Inner: Sendable {}

extension MIMEBundle {
    /// The member of a bundle's metadata that marks output that depends on time, and so differs from run to run.
    package static let passingMark = "lunette.passing"

    /// The status as a line of text, and as HTML with a bar.
    fileprivate init(_ status: Support.Progress.Status) {
        self.init(text: status.text)
        let bar =
            "<progress value=\"\(status.done)\" max=\"\(status.total)\" style=\"vertical-align: middle\"></progress> "
        add(.html, "<div>\(status.total > 0 ? bar : "")\(status.text.htmlText)</div>\n")
        mark(Self.passingMark)
    }
}
