using System.Diagnostics;
using IdP.Protocol;
using IdP.UI.Design;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Errors;

/// <summary>Where failed requests end: a friendly page for browsers, problem details (RFC 9457) for programs, always with the trace id and never with an exception's text.</summary>
public static class ErrorEndpoints
{
    public const string Path = "/error";

    public static void MapErrors(this IEndpointRouteBuilder endpoints) => endpoints.Map(Path, Show).DisableAntiforgery();

    /// <summary>The status of a request that ended in an exception: 4xx when what was sent could not be read (a NUL in a form, a body that is too large), else 500.</summary>
    public static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        InvalidDataException or AntiforgeryValidationException => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static IResult Show(HttpContext http)
    {
        var status = http.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalStatusCode
            ?? (http.Features.Get<IExceptionHandlerFeature>() is { } failure ? StatusOf(failure.Error) : StatusCodes.Status404NotFound);
        var original = http.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalPath ?? http.Features.Get<IExceptionHandlerPathFeature>()?.Path ?? "";
        var traceId = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
        var (title, message) = Explain(status);
        var (code, description) = ProtocolErrors.Find(http);

        if (original.StartsWith("/connect/", StringComparison.Ordinal) && original != ProtocolPaths.Authorize && original != ProtocolPaths.EndSession)
            return Results.Json(new { error = status switch { >= 500 => "server_error", 401 => "invalid_token", 403 => "insufficient_scope", _ => "invalid_request" }, error_description = $"{message} (trace id {traceId})" }, statusCode: status);
        if (original.StartsWith("/api/", StringComparison.Ordinal) || original.StartsWith("/scim/", StringComparison.Ordinal))
            return Results.Problem(title: title, detail: message, statusCode: status, extensions: new Dictionary<string, object?> { ["traceId"] = traceId });
        return Page.Of<ErrorPage>(new { Title = code is null ? title : "This request cannot be continued", Message = code is null ? message : "The app sent a request that this provider refuses. It is not your fault; tell the people who run the app.", Code = code, Description = description, TraceId = traceId }, status);
    }

    private static (string Title, string Message) Explain(int status) => status switch
    {
        400 => ("This request is not right", "Something in the address or the form was not understood. Go back and try again; if you left the page open for long, load it anew."),
        401 => ("You are not signed in", "This address needs a valid access token or session."),
        403 => ("You may not see this page", "Your account has no permission for it. Ask an administrator if you need it."),
        404 => ("There is nothing here", "The address leads nowhere. It may be mistyped or outdated."),
        405 => ("That is not possible here", "The address exists but does not take this kind of request."),
        413 or 414 or 431 => ("That was too much", "The request is larger than this server accepts."),
        415 => ("That format is not accepted", "The address does not take this kind of content."),
        429 or 503 => ("Too busy right now", "Wait a moment and try again."),
        _ => ("Something went wrong here", "The error is ours and has been logged. Try again in a moment."),
    };
}
