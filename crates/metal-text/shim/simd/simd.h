// naga includes Apple's header of this name, and our texts use nothing of it.
#pragma once
