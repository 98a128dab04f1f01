using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class IdentityProviders : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "IdentityProviders",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false),
                    LinkId = table.Column<Guid>(type: "uuid", nullable: false),
                    Type = table.Column<int>(type: "integer", nullable: false),
                    DisplayName = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Enabled = table.Column<bool>(type: "boolean", nullable: false),
                    Issuer = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    ClientId = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    ProtectedSecret = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: true),
                    TokenEndpointAuthMethod = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false),
                    TokenEndpointAuthSigningAlg = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                    ProtectedKey = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: true),
                    KeyId = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: true),
                    Scopes = table.Column<List<string>>(type: "text[]", nullable: false),
                    AcrValues = table.Column<List<string>>(type: "text[]", nullable: false),
                    UsePushedAuthorization = table.Column<bool>(type: "boolean", nullable: false),
                    AllowNewUsers = table.Column<bool>(type: "boolean", nullable: false),
                    NameClaim = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    GivenNameClaim = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    FamilyNameClaim = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    EmailClaim = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    EmailVerifiedClaim = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    EmailTrust = table.Column<int>(type: "integer", nullable: false),
                    AllowedDomains = table.Column<List<string>>(type: "text[]", nullable: false),
                    ShowOnSignInPage = table.Column<bool>(type: "boolean", nullable: false),
                    OnlyWay = table.Column<bool>(type: "boolean", nullable: false),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_IdentityProviders", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "IdentityProviderOrganizations",
                columns: table => new
                {
                    ProviderId = table.Column<Guid>(type: "uuid", nullable: false),
                    OrganizationId = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_IdentityProviderOrganizations", x => new { x.ProviderId, x.OrganizationId });
                    table.ForeignKey(
                        name: "FK_IdentityProviderOrganizations_IdentityProviders_ProviderId",
                        column: x => x.ProviderId,
                        principalTable: "IdentityProviders",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_IdentityProviderOrganizations_Organizations_OrganizationId",
                        column: x => x.OrganizationId,
                        principalTable: "Organizations",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviderOrganizations_OrganizationId",
                table: "IdentityProviderOrganizations",
                column: "OrganizationId");

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviders_LinkId",
                table: "IdentityProviders",
                column: "LinkId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviders_Name",
                table: "IdentityProviders",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviders_ShowOnSignInPage_DisplayName",
                table: "IdentityProviders",
                columns: new[] { "ShowOnSignInPage", "DisplayName" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "IdentityProviderOrganizations");

            migrationBuilder.DropTable(
                name: "IdentityProviders");
        }
    }
}
