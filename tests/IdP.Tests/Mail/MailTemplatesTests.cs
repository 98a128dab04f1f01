using System.Globalization;
using IdP.Mail;
using IdP.Protocol.Languages;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace IdP.Tests.Mail;

public sealed class MailTemplatesTests
{
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");

    [Test]
    public void Every_kind_has_a_text_in_English_that_names_only_what_it_is_given()
    {
        var templates = New();

        foreach (var kind in MailKinds.All.Keys)
        {
            var mail = templates.Render(kind, English, Values(kind));
            Assert.That(mail.Subject, Is.Not.Empty.And.Not.Contain("{"), kind);
            Assert.That(mail.Text, Does.Not.Contain("{"), kind);
            foreach (var link in MailKinds.All[kind].Where(name => name is "link" or "freeze"))
            {
                Assert.That(mail.Text, Does.Contain($"https://{link}.example/?a=1&b=2"), kind);
                Assert.That(mail.Html, Does.Contain($"<a href=\"https://{link}.example/?a=1&amp;b=2\""), kind);
            }
        }
    }

    [Test]
    public void Every_language_has_every_mail_with_the_same_names_in_braces([ValueSource(nameof(Tags))] string tag)
    {
        var templates = New();

        foreach (var kind in MailKinds.All.Keys)
        {
            var (own, english) = (templates.Source(kind, CultureInfo.GetCultureInfo(tag)), templates.Source(kind, English));
            if (tag != "en") Assert.That(own.Text, Is.Not.EqualTo(english.Text), kind);
            Assert.That(Names(own.Text), Is.EqualTo(Names(english.Text)), kind);
            Assert.That(own.Text.Split("\n\n").Where(part => part.StartsWith('{') && part.TrimEnd().EndsWith('}') && !part.Contains(' ', StringComparison.Ordinal)), Is.EquivalentTo(english.Text.Split("\n\n").Where(part => part.StartsWith('{') && part.TrimEnd().EndsWith('}') && !part.Contains(' ', StringComparison.Ordinal))), kind + ": what stands alone");
        }
    }

    [Test]
    public void Names_of_people_are_text_in_HTML_and_never_begin_a_header()
    {
        var values = Values(MailKinds.NewBrowser);
        (values["name"], values["provider"]) = ("<img src=x onerror=alert(1)>{freeze}", "id\r\nBcc: x");

        var mail = New().Render(MailKinds.NewBrowser, English, values);

        Assert.That(mail.Html, Does.Not.Contain("<img").And.Contain("&lt;img"));
        Assert.That(mail.Text, Does.Contain("onerror=alert(1)>{freeze}"), "a name in braces inside a value is no name");
        Assert.That(mail.Subject, Does.Not.Contain("\r").And.Not.Contain("\n"));
    }

    [Test]
    public void The_operators_own_text_comes_first()
    {
        using var folder = new Folder(("de-CH", "no-password", "Hoi {name}\nGrüezi, {link}\n"));

        var swiss = New(folder.Path).Render(MailKinds.NoPassword, CultureInfo.GetCultureInfo("de-CH"), Values(MailKinds.NoPassword));

        Assert.That(MailTemplates.Check(folder.Path), Is.Null);
        Assert.That((swiss.Subject, swiss.Text), Is.EqualTo(("Hoi Ann", "Grüezi, https://link.example/?a=1&b=2")));
    }

    [TestCase("no-such-mail", "Subject\nText", "is the text of no mail")]
    [TestCase("no-password", "Subject only", "has no subject in its first line, or no text")]
    [TestCase("no-password", "Subject\n{freeze}", "names {freeze}")]
    public void A_text_that_cannot_work_is_refused_with_a_sentence_that_names_it(string kind, string text, string sentence)
    {
        using var folder = new Folder(("en", kind, text));

        Assert.That(MailTemplates.Check(folder.Path), Does.Contain($"en/{kind}.txt").And.Contain(sentence));
    }

    private static IEnumerable<string> Tags => Language.All.Select(language => language.Tag);

    private static string[] Names(string text) => [.. System.Text.RegularExpressions.Regex.Matches(text, "\\{[a-z_]+\\}").Select(match => match.Value).Distinct().Order(StringComparer.Ordinal)];

    private static MailTemplates New(string? folder = null) => new(Options.Create(new MailOptions { Templates = folder }));

    private static Dictionary<string, object> Values(string kind)
    {
        Dictionary<string, object> values = new() { ["name"] = "Ann" };
        foreach (var name in MailKinds.All[kind]) values[name] = name switch { "time" => DateTimeOffset.UnixEpoch, "link" or "freeze" => $"https://{name}.example/?a=1&b=2", _ => name };
        return values;
    }

    private sealed class Folder : IDisposable
    {
        public Folder(params (string Language, string Kind, string Text)[] files)
        {
            foreach (var (language, kind, text) in files)
                File.WriteAllText(System.IO.Path.Combine(Directory.CreateDirectory(System.IO.Path.Combine(Path, language)).FullName, kind + ".txt"), text);
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("idp-texts").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
