using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace IdP.UI.Design;

/// <summary>Renders a Razor component on the server as the whole answer: no script, no circuit, any node.</summary>
internal static class Page
{
    public static IResult Of<TComponent>(object? parameters = null, int status = StatusCodes.Status200OK) where TComponent : IComponent =>
        new RazorComponentResult<TComponent>(parameters ?? new { }) { StatusCode = status, PreventStreamingRendering = true };
}
