from django.urls import path

from . import alignment, batches, definition, design, importing, listing, moves, standards, trying

app_name = "catalogue"
urlpatterns = [
    path("", listing.definitions, name="list"),
    path("export.yaml", listing.as_file, name="export_file"),
    path("export.xlsx", listing.as_sheet, name="export_sheet"),
    path("import/", importing.upload, name="import"),
    path("batches/", batches.batches, name="batches"),
    path("alignment/", alignment.alignment, name="alignment"),
    path("alignment/export/", alignment.export, name="export_alignment"),
    path("standards/", standards.listed, name="standards"),
    path("standards/<str:code>/", standards.standard, name="standard"),
    path("standards/<str:code>/differences/", standards.differences, name="standard_differences"),
    path("items/<str:code>/", definition.definition, name="definition"),
    path("items/<str:code>/export.yaml", definition.as_file, name="definition_file"),
    path("items/<str:code>/differences/", definition.differences, name="differences"),
    path("items/<str:code>/suspend/", moves.suspend, name="suspend"),
    path("items/<str:code>/resume/", moves.resume, name="resume"),
    path("items/<str:code>/cancel/", moves.cancel, name="cancel"),
    path("items/<str:code>/design/", design.edit, name="design_edit"),
    path("design/", design.begin, name="design_new"),
    path("versions/<int:pk>/design/", design.design, name="design"),
    path("versions/<int:pk>/design/facts/", design.facts, name="design_facts"),
    path("versions/<int:pk>/design/add/", design.add, name="design_add"),
    path("versions/<int:pk>/design/act/", design.act, name="design_act"),
    path("versions/<int:pk>/design/members/<str:item>/", design.member, name="design_member"),
    path("versions/<int:pk>/design/situations/", design.situation, name="design_situation_new"),
    path("versions/<int:pk>/design/situations/<str:code>/", design.situation, name="design_situation"),
    path("versions/<int:pk>/design/try/", trying.dry_run, name="design_try"),
    path("versions/<int:pk>/export.yaml", definition.version_as_file, name="version_file"),
    path("versions/<int:pk>/check/", moves.check, name="check"),
    path("versions/<int:pk>/approve/", moves.approve, name="approve"),
    path("versions/<int:pk>/publish/", moves.publish, name="publish"),
    path("versions/<int:pk>/send-back/", moves.send_back, name="send_back"),
    path("versions/<int:pk>/discard/", moves.discard, name="discard"),
]
