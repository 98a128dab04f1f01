using System.Text.Json;
using System.Text.RegularExpressions;
using IdP.Audit;
using IdP.Credentials.Passkeys;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Erasures;
using IdP.Exports;
using IdP.Federation.Google;
using IdP.Keys;
using IdP.Mail;
using IdP.Organizations;
using IdP.PersonalTokens;
using IdP.Protocol.Grants;
using IdP.Protocol.Keys;
using IdP.Protocol.Logos;
using IdP.Protocol.Logout;
using IdP.Protocol.Outbound;
using IdP.Protocol.Par;
using IdP.Protocol.Registration;
using IdP.Risk;
using IdP.Sessions;
using IdP.Recovery;
using IdP.SignIn;
using IdP.SignUp;

namespace IdP.Tests.Hosting;

/// <summary>appsettings.Production.json.example names every key the product reads and no other, each with a sentence above it.</summary>
public sealed partial class ProductionExampleTests
{
    private static readonly (string Section, Type Options)[] Sections =
    [
        ("Database", typeof(DatabaseOptions)), ("KeyProtection", typeof(KeyProtectionOptions)), ("KeyManagement", typeof(KeyManagementOptions)), ("OutboundHttp", typeof(OutboundHttpOptions)), ("AppLogos", typeof(AppLogoOptions)), ("CleanUp", typeof(CleanUpOptions)), ("Audit", typeof(AuditOptions)), ("Erasure", typeof(ErasureOptions)), ("Export", typeof(ExportOptions)), ("PersonalAccessTokens", typeof(PersonalTokenOptions)), ("BackChannelLogout", typeof(BackChannelLogoutOptions)), ("DynamicRegistration", typeof(RegistrationOptions)), ("Passwords", typeof(PasswordHashOptions)), ("Passwords", typeof(PasswordRuleOptions)),
        ("PushedAuthorization", typeof(PushedAuthorizationOptions)),
        ("Sessions", typeof(SessionOptions)), ("Passkeys", typeof(PasskeyOptions)), ("Mail", typeof(MailOptions)), ("SignIn", typeof(SignInOptions)), ("SignUp", typeof(SignUpOptions)), ("Organizations", typeof(OrganizationOptions)), ("Recovery", typeof(RecoveryOptions)), ("Lockout", typeof(LockoutOptions)), ("Risk", typeof(RiskOptions)), ("Authentication:Google", typeof(GoogleSignInOptions)),
    ];

    /// <summary>Keys of the framework itself.</summary>
    private static readonly string[] Framework = ["AllowedHosts", "Logging:LogLevel:Default"];

    private static readonly string Example = Repository.Read("appsettings.Production.json.example");

    [Test]
    public void The_list_of_sections_here_is_the_list_in_the_sources()
    {
        var bound = Repository.Files("src", "*.cs").SelectMany(file => BindConfiguration().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value));

        Assert.That(bound, Is.EquivalentTo(Sections.Select(s => s.Section)));
    }

    [Test]
    public void Every_key_the_product_reads_is_in_the_example_and_every_key_of_the_example_is_read()
    {
        var options = Sections.SelectMany(s => s.Options.GetProperties().Where(p => p.CanWrite).Select(p => $"{s.Section}:{p.Name}"));
        var direct = Repository.Files("src", "*.cs").SelectMany(file => DirectRead().Matches(Repository.Read(file)).Select(match => match.Groups["key"].Value is var key && match.Groups["connection"].Success ? "ConnectionStrings:" + key : key)).Where(key => key != "urls");
        string[] read = [.. options, .. direct, .. Framework];

        Assert.That(Keys(), Is.EquivalentTo(read.Distinct()));
    }

    [Test]
    public void Every_key_has_a_sentence_above_it()
    {
        var lines = Example.Split('\n');
        var bare = lines.Select((line, i) => (line, before: i == 0 ? "" : lines[i - 1].Trim())).Where(x => Leaf().IsMatch(x.line) && !(x.before.StartsWith("// ", StringComparison.Ordinal) && x.before.EndsWith('.')));

        Assert.That(bare.Select(x => x.line.Trim()), Is.Empty);
    }

    private static List<string> Keys()
    {
        using var json = JsonDocument.Parse(Example, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        List<string> keys = [];
        Walk(json.RootElement, "");
        return keys;

        void Walk(JsonElement element, string path)
        {
            foreach (var property in element.EnumerateObject())
                if (property.Value.ValueKind is JsonValueKind.Object) Walk(property.Value, $"{path}{property.Name}:");
                else keys.Add(path + property.Name);
        }
    }

    [GeneratedRegex("BindConfiguration\\(\"([^\"]+)\"\\)")]
    private static partial Regex BindConfiguration();

    [GeneratedRegex("(?:onfiguration|settings)\\[\"(?<key>[^\"]+)\"\\]|GetValue(?:<[a-z]+>)?\\(\"(?<key>[^\"]+)\"|(?<connection>GetConnectionString)\\(\"(?<key>[^\"]+)\"\\)")]
    private static partial Regex DirectRead();

    [GeneratedRegex("^\\s*\"[A-Za-z]+\": (?!\\{)")]
    private static partial Regex Leaf();
}
