/// The command.
@main enum Lunette { static func main() { print("lunette") } }
