import CLua

/// A function for Lua, declared once: its name, documentation, typed parameters, and body.
///
///     LuaFunction(
///         "scale", "Multiplies a number.", Parameter("x", Double.self, in: .finite, "the number"),
///         Option("by", Double.self, in: .finite, default: 2, "the factor"), returns: "the product",
///         example: "scale(3, {by = 4})"
///     ) { x, factor in x * factor }
///
/// The body may throw any error; its description becomes the text of the Lua error.
public struct LuaFunction: @unchecked Sendable {
    /// The function's name, without its module or type.
    public let name: String
    /// What it does, in a sentence.
    public let summary: String
    /// Its parameters and options.
    public let layout: ArgumentLayout
    /// What it returns; empty for nothing.
    public let returns: String
    /// A line of Lua that shows it, and runs; empty for none.
    public let example: String
    /// Reads the arguments from the stack, leaves the results there, and says how many.
    @usableFromInline let body: (LuaStack) throws -> Int32

    @usableFromInline
    init(
        _ name: String, _ summary: String, layout: ArgumentLayout, returns: String, example: String,
        body: @escaping (LuaStack) throws -> Int32
    ) {
        self.name = name
        self.summary = summary
        self.layout = layout
        self.returns = returns
        self.example = example
        self.body = body
    }

    /// A function with one result.
    @inlinable
    public init<each P: LuaParameter, Result: LuaEncodable>(
        _ name: String, _ summary: String, _ parameters: repeat each P, returns: String = "", example: String = "",
        body: @escaping (repeat (each P).Value) throws -> Result
    ) {
        let layout = Self.layout(repeat each parameters)
        self.init(name, summary, layout: layout, returns: returns, example: example) { stack in
            var reader = try ArgumentReader(stack, layout)
            try body(repeat try (each parameters).read(&reader)).push(on: stack)
            return 1
        }
    }

    /// A function without results.
    @inlinable
    public init<each P: LuaParameter>(
        _ name: String, _ summary: String, _ parameters: repeat each P, returns: String = "", example: String = "",
        body: @escaping (repeat (each P).Value) throws -> Void
    ) {
        let layout = Self.layout(repeat each parameters)
        self.init(name, summary, layout: layout, returns: returns, example: example) { stack in
            var reader = try ArgumentReader(stack, layout)
            try body(repeat try (each parameters).read(&reader))
            return 0
        }
    }

    /// A function with two results.
    @inlinable
    public init<each P: LuaParameter, First: LuaEncodable, Second: LuaEncodable>(
        _ name: String, _ summary: String, _ parameters: repeat each P, returns: String = "", example: String = "",
        body: @escaping (repeat (each P).Value) throws -> (First, Second)
    ) {
        let layout = Self.layout(repeat each parameters)
        self.init(name, summary, layout: layout, returns: returns, example: example) { stack in
            var reader = try ArgumentReader(stack, layout)
            let results = try body(repeat try (each parameters).read(&reader))
            return try stack.push(results.0, results.1)
        }
    }

    /// A function with three results.
    @inlinable
    public init<each P: LuaParameter, First: LuaEncodable, Second: LuaEncodable, Third: LuaEncodable>(
        _ name: String, _ summary: String, _ parameters: repeat each P, returns: String = "", example: String = "",
        body: @escaping (repeat (each P).Value) throws -> (First, Second, Third)
    ) {
        let layout = Self.layout(repeat each parameters)
        self.init(name, summary, layout: layout, returns: returns, example: example) { stack in
            var reader = try ArgumentReader(stack, layout)
            let results = try body(repeat try (each parameters).read(&reader))
            return try stack.push(results.0, results.1, results.2)
        }
    }

    /// A function whose number of results depends on its arguments.
    @inlinable
    public static func variable<each P: LuaParameter>(
        _ name: String, _ summary: String, _ parameters: repeat each P, returns: String = "", example: String = "",
        body: @escaping (repeat (each P).Value) throws -> LuaResults
    ) -> LuaFunction {
        let layout = Self.layout(repeat each parameters)
        return LuaFunction(name, summary, layout: layout, returns: returns, example: example) { stack in
            var reader = try ArgumentReader(stack, layout)
            let results = try body(repeat try (each parameters).read(&reader)).values
            try stack.reserve(Int32(clamping: results.count &+ 8))
            for value in results { try value.push(on: stack) }
            return Int32(clamping: results.count)
        }
    }

    @usableFromInline
    static func layout<each P: LuaParameter>(_ parameters: repeat each P) -> ArgumentLayout {
        var descriptions: [ParameterDescription] = []
        for parameter in repeat each parameters { descriptions += parameter.parameterDescriptions }
        return ArgumentLayout(descriptions)
    }
}

/// The results of a function, as many as there happen to be.
public struct LuaResults {
    /// The results, in order.
    public let values: [any LuaEncodable]

    /// Any number of results.
    public init(_ values: [any LuaEncodable]) { self.values = values }
}

extension LuaStack {
    /// Pushes several results, and returns how many.
    @inlinable
    func push<each Value: LuaEncodable>(_ values: repeat each Value) throws(LuaError) -> Int32 {
        try reserve(8)
        var count: Int32 = 0
        for value in repeat each values {
            try value.push(on: self)
            count += 1
        }
        return count
    }
}
