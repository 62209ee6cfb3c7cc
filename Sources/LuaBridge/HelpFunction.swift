import CLua
import Foundation
import Support

extension LuaState {
    /// Makes the global function `help`.
    public func registerHelp() throws(LuaError) {
        let layout = ArgumentLayout([
            ParameterDescription("about", LuaValue.self, "a function, an object, a module, or a name", .positional)
        ])
        let help = LuaFunction(
            "help", "Shows what is known of a function, an object, a module or a name; without one, the modules.",
            layout: layout, returns: "", example: "help(\"help\")"
        ) { [unowned self] stack in
            let text = try helpText(stack, at: 1, width: TerminalSize(of: STDOUT_FILENO)?.columns)
            lua_rawgeti(stack.pointer, LUNETTE_REGISTRY, lua_Integer(LUA_RIDX_GLOBALS))
            try "print".push(on: stack)
            lua_rawget(stack.pointer, -2)
            try text.push(on: stack)
            try stack.check(lua_pcallk(stack.pointer, 1, 0, 0, 0, nil))
            return 0
        }
        documentation.addGlobal(help)
        try setGlobal("help", help)
    }

    /// The help on a value that is no name: a function, an object or a module; its lines are at most `width` long.
    public func help(on value: LuaValue, width: Int? = nil) throws(LuaError) -> String {
        try lookup { stack throws(LuaError) in
            try value.push(on: stack)
            return try helpText(stack, at: stack.count, width: width)
        }
    }

    /// The help on the value at `index`, which counts from the bottom of the stack.
    private func helpText(_ stack: LuaStack, at index: Int32, width: Int?) throws(LuaError) -> String {
        let help = Help(documentation, width: width)
        switch stack.type(at: index) {
        case LUA_TNONE, LUA_TNIL: return help.overview
        case LUA_TSTRING:
            let name = String.bytes(stack, at: index)
            guard let text = help.text(about: name) else { throw help.unknown(name) }
            return text
        case LUA_TFUNCTION:
            guard let box = FunctionBox.at(lunette_function_at(stack.pointer, index)) else {
                return Self.origin(of: index, stack)
            }
            return help.text(.function(name: box.qualifiedName, box.function))
        case LUA_TUSERDATA:
            guard let type = lunette_object_at(stack.pointer, index).flatMap(LuaType.of) else { break }
            return help.text(.type(name: type.name, type))
        case LUA_TTABLE:
            for (table, name) in moduleTables {
                table.reference.push(on: stack)
                defer { stack.pop() }
                if lua_rawequal(stack.pointer, index, -1) != 0, let text = help.text(about: name) { return text }
            }
        default: break
        }
        return "A \(stack.typeName(at: index)) of Lua's own, or of a script: no help."
    }

    /// What Lua itself knows of the function at `index`: its parameters, and where it was written.
    private static func origin(of index: Int32, _ stack: LuaStack) -> String {
        var information = lua_Debug()
        stack.copy(index)
        guard lua_getinfo(stack.pointer, ">Su", &information) != 0, let source = information.source,
            information.linedefined > 0
        else { return "A function of Lua's own, or of a script: no help." }
        var parameters: [String] = []
        for number in 0..<Int32(information.nparams) {
            stack.copy(index)
            if let name = lua_getlocal(stack.pointer, nil, number + 1) { parameters.append(String(cString: name)) }
        }
        if information.isvararg != 0 { parameters.append("...") }
        let place = String(cString: source).drop { $0 == "@" || $0 == "=" }
        return "function(\(parameters.joined(separator: ", "))), written in \(place), line \(information.linedefined)"
    }
}
