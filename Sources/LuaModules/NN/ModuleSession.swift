import Layers
import LuaBridge
import Support
import Tensors

/// What a session knows of the modules of its classes: the classes, and the modules whose `forward` runs.
final class ModuleSession: @unchecked Sendable {
    private(set) weak var state: LuaState?
    private var classes: [String: DefinedClass] = [:]
    private var running: [ScriptedLayer] = []
    /// The text of the last error that arose in a part of a module, and the part's path, with which the text ends.
    private var failure: (text: String, path: String)?

    private init(_ state: LuaState) { self.state = state }

    /// The session of a state.
    static func of(_ state: LuaState) -> ModuleSession { state.shared { ModuleSession(state) } }

    /// The session of the state that a function is called in; scripts do not give it.
    static let parameter = SessionParameter()

    /// Reads the session.
    struct SessionParameter: LuaParameter {
        var parameterDescriptions: [ParameterDescription] { [] }

        func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> ModuleSession {
            try ModuleSession.of(CurrentState().read(&reader))
        }
    }

    /// Defines a class; one that had the name before is forgotten.
    func define(_ type: ModuleClass) throws -> LuaValue {
        guard let state else { throw LuaError(message: "the Lua state is closed") }
        let (value, defined) = try state.lookup { stack throws(LuaError) in
            try type.push(on: stack)
            return (try stack.value(LuaValue.self, at: -1), try stack.value(DefinedClass.self, at: -1))
        }
        classes[type.name] = defined
        return value
    }

    /// The class of a name; nil where the session has none.
    func type(named name: String) -> DefinedClass? { classes[name] }

    /// Makes a module of a class, and calls its `init`.
    func module(of type: DefinedClass, _ arguments: [any LuaEncodable], kept: JSON?) throws -> ScriptedLayer {
        guard let state else { throw LuaError(message: "the Lua state is closed") }
        let layer = ScriptedLayer(type, session: self, fields: try LuaTable(in: state), arguments: kept)
        if case .function(let start) = try type.member("init") {
            _ = try start.results(passing: [layer] + arguments)
        } else if !arguments.isEmpty {
            throw LuaError(message: "\(type.name) takes no arguments: it has no init")
        }
        return layer
    }

    /// A decoder that knows what `decoder` does, and the classes.
    func adding(to decoder: LayerDecoder) -> LayerDecoder {
        decoder.adding(ScriptedLayer.kind) { configuration throws(TensorError) in try self.module(configuration) }
    }

    private func module(_ configuration: Configuration) throws(TensorError) -> any Layer {
        let name: String = try configuration.value("class")
        guard let type = classes[name] else {
            throw .argument(
                operation: "load", parameter: "class", value: "'\(name)'",
                expected: "a class of this session: run the code that defines it, nn.class('\(name)'), before")
        }
        guard let arguments = configuration.settings.first(where: { $0.name == "arguments" })?.value else {
            throw .argument(
                operation: "load", parameter: "arguments of \(name)", value: "not in the file",
                expected: "numbers, strings, booleans or tables of them; make the module by \(name)(...), and use its "
                    + "load_state_dict with this file")
        }
        return try TensorError.passing {
            try module(of: type, ClassArguments.values(arguments), kept: arguments)
        }
    }

    /// Calls the `forward` of a module.
    ///
    /// What it raises is thrown as it is, or, where it arose in a part of the module, with the path of that part.
    func forward(_ layer: ScriptedLayer, _ arguments: [any LuaEncodable]) throws(TensorError) -> [LuaValue] {
        guard let state, state.isOnItsThread else {
            throw .argument(
                operation: layer.type.name, parameter: "forward", value: "called on another thread",
                expected: "a call on the thread of the Lua session")
        }
        // Lua's own error for its stack of C functions, at 200 calls, names no line.
        guard running.count < 100 else {
            throw .argument(
                operation: layer.type.name, parameter: "forward", value: "called within itself, \(running.count) deep",
                expected: "modules that do not call themselves without end")
        }
        running.append(layer)
        defer { running.removeLast() }
        return try TensorError.passing {
            guard case .function(let function) = try layer.scriptedMember("forward") else {
                let name = layer.type.name
                throw LuaError(message: "\(name) has no forward: define it by function \(name):forward(x)")
            }
            do {
                return try function.results(passing: [layer] + arguments)
            } catch let error as LuaError {
                if let failure, error.message.hasSuffix(failure.text), let cause = error.removing(" in " + failure.path)
                {
                    throw TensorError.inside(path: failure.path, .foreign(ForeignError(cause)))
                }
                throw error
            }
        }
    }

    /// Runs `body`, a call of `layer` by a script; in the `forward` of a module that `layer` is a part of, its errors
    /// tell the part's path.
    func call<Result>(_ layer: any Layer, _ body: () throws(TensorError) -> Result) throws(TensorError) -> Result {
        do throws(TensorError) {
            func path() -> String { running.last?.namedLayers.first { $0.layer === layer }?.path ?? "" }
            do throws(TensorError) {
                return try NumericsCheck.inside(path(), body)
            } catch {
                let path = path()
                guard !path.isEmpty else { throw error }
                return try inside(path) { () throws(TensorError) in throw error }
            }
        } catch {
            if case .inside(let path, _) = error { failure = (error.luaError?.message ?? error.description, path) }
            throw error
        }
    }
}
