import Support

extension NumberRange {
    /// What is wrong with a number outside the range, as in "0 or more expected, got -1".
    @usableFromInline
    func mismatch(_ number: Double) -> LuaMismatch {
        LuaMismatch("\(expectation(for: number)) expected, got \(Self.text(number))")
    }
}

/// A type whose values are numbers, or are made of numbers; a declaration can give these a range.
public protocol LuaNumeric: LuaDecodable {
    /// Throws where a number lies outside `range`.
    func check(_ range: NumberRange) throws(LuaMismatch)
}

extension Int: LuaNumeric {
    /// Throws where the number lies outside `range`.
    @inlinable
    public func check(_ range: NumberRange) throws(LuaMismatch) {
        if !range.contains(Double(self)) { throw range.mismatch(Double(self)) }
    }
}

extension Double: LuaNumeric {
    /// Throws where the number lies outside `range`.
    @inlinable
    public func check(_ range: NumberRange) throws(LuaMismatch) {
        if !range.contains(self) { throw range.mismatch(self) }
    }
}

extension Float: LuaNumeric {
    /// Throws where the number, rounded to single precision, lies outside `range`.
    @inlinable
    public func check(_ range: NumberRange) throws(LuaMismatch) {
        // The shortest decimal is what the script is likely to have written.
        if !range.contains(Double(self)) { throw range.mismatch(Double("\(self)") ?? .nan) }
    }
}

extension Optional: LuaNumeric where Wrapped: LuaNumeric {
    /// Throws where there is a number outside `range`.
    @inlinable
    public func check(_ range: NumberRange) throws(LuaMismatch) { try self?.check(range) }
}

extension Array: LuaNumeric where Element: LuaNumeric {
    /// Throws at the first number outside `range`, and for an empty list unless the range takes those.
    public func check(_ range: NumberRange) throws(LuaMismatch) {
        if isEmpty, !range.takesEmptyLists { throw LuaMismatch("at least one number expected, got an empty list") }
        for (index, element) in enumerated() {
            do throws(LuaMismatch) {
                try element.check(range)
            } catch {
                throw LuaMismatch("\(error.description) at index \(index + 1)")
            }
        }
    }
}

extension LuaEither: LuaNumeric where First: LuaNumeric, Second: LuaNumeric {
    /// Throws where a number lies outside `range`.
    public func check(_ range: NumberRange) throws(LuaMismatch) {
        switch self {
        case .first(let value): try value.check(range)
        case .second(let value): try value.check(range)
        }
    }
}

extension LuaNumeric {
    /// The value at `index` of the stack; an error where a number lies outside `range`.
    @inlinable
    static func decode(_ stack: LuaStack, at index: Int32, in range: NumberRange) throws(LuaMismatch) -> Self {
        let value = try decode(stack, at: index)
        try value.check(range)
        return value
    }
}
