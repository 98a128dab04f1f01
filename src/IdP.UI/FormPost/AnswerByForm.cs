using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.UI.Design;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.FormPost;

/// <summary>Answers with a page that posts itself to the app, and that allows a form to go nowhere else.</summary>
internal sealed class AnswerByForm : IFormPostPage
{
    public Task WriteAsync(HttpContext http, FormPostAnswer answer)
    {
        http.RestrictFormTarget(answer.RedirectUri);
        http.Response.Headers.CacheControl = "no-store";
        return Page.Of<FormPostPage>(new { answer.RedirectUri, answer.AppName, answer.Fields }).ExecuteAsync(http);
    }
}
