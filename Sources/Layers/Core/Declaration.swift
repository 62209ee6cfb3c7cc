import Support

/// What is declared of something that scripts make from settings, once: the function, help and the manual follow from it.
///
/// `Maker` says how it is made: by a function of the settings, and of what else it takes.
public struct Declaration<Maker: Sendable>: Sendable {
    /// The name of the function that makes it in scripts.
    public let name: String
    /// What that function does, in a sentence.
    public let summary: String
    /// What it is made from, in order.
    public let settings: [SettingDeclaration]
    /// A line of Lua that shows it, and runs.
    public let example: String
    /// How it is made.
    public let make: Maker

    /// Declares it.
    public init<each Value>(
        _ name: String, _ summary: String, _ settings: repeat Setting<each Value>, example: String, make: Maker
    ) {
        (self.name, self.summary, self.example, self.make) = (name, summary, example, make)
        self.settings = declarations(repeat each settings)
    }

    /// Settings as a configuration, whose errors name the function.
    public func configuration(_ members: [JSON.Member]) -> Configuration {
        var result = Configuration(kind: name)
        result.settings = members
        return result
    }
}

/// What is declared of settings of several types.
func declarations<each Value>(_ settings: repeat Setting<each Value>) -> [SettingDeclaration] {
    var declarations: [SettingDeclaration] = []
    for setting in repeat each settings { declarations.append(setting.declaration) }
    return declarations
}
