namespace IdP.Tests.Testing;

public sealed class HtmlFormTests
{
    private const string Html = """
        <!-- <form action="/commented"><input name="x"></form> -->
        <form method="post" action="/signin?a=1&amp;b=2">
          <input type="hidden" name="token" value="a&quot;&gt;b" />
          <input name=username autocomplete="username" required>
          <input type="checkbox" name="scopes" value="email" checked>
          <input type="checkbox" name="scopes" value="profile">
          <input type="text" name="off" value="never" disabled>
          <select name="language"><option value="de">German</option><option selected>English</option></select>
          <textarea name="note">1 &lt; 2</textarea>
          <button name="decision" value="allow" title="a > b">Allow</button>
        </form>
        """;

    [Test]
    public void A_filled_form_sends_what_a_browser_would_send()
    {
        var form = HtmlForm.ParseAll(Html, new Uri("http://localhost/page")).Single();

        var sent = form.Fill([new("username", "alice")], new("decision", "allow"));

        Assert.That(form.Method, Is.EqualTo(HttpMethod.Post));
        Assert.That(form.Action.AbsoluteUri, Is.EqualTo("http://localhost/signin?a=1&b=2"));
        Assert.That(sent.Select(pair => $"{pair.Key}={pair.Value}"), Is.EquivalentTo(
            (string[])["token=a\">b", "scopes=email", "language=English", "note=1 < 2", "username=alice", "decision=allow"]));
    }

    [Test]
    public void Filling_a_field_that_the_form_does_not_have_is_an_error()
    {
        var form = HtmlForm.ParseAll(Html, new Uri("http://localhost/page")).Single();

        Assert.That(() => form.Fill([new("user", "alice")]), Throws.InvalidOperationException.With.Message.Contains("user"));
    }

    [Test]
    public void A_form_without_action_goes_to_its_page()
    {
        var form = HtmlForm.ParseAll("<form><input name=q></form>", new Uri("http://localhost/page?x=1")).Single();

        Assert.That(form.Action.AbsoluteUri, Is.EqualTo("http://localhost/page?x=1"));
        Assert.That(form.Method, Is.EqualTo(HttpMethod.Get));
    }
}
